using System.Runtime.CompilerServices;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteAccepted(ref Entry entry, uint slot, byte resting)
    {
        NewOrderBlock* request = entry.Request;
        ulong sequence = resting != 0 ? ++entry.Instrument->Sequence : 0;
        var block = (OrderAcceptedBlock*)_writer.Next(
            OrderAcceptedBlock.TemplateId, OrderAcceptedBlock.BlockLength, request->InstrumentId, sequence);
        block->OrderId = ((ulong)_books.At(slot)->Generation << 32) | slot;
        block->Price = entry.Price;
        block->Quantity = request->Quantity;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, (byte*)&request->ClientOrderId);
        block->Side = request->Side;
        block->OrderType = request->OrderType;
        block->TimeInForce = request->TimeInForce;
        block->PostOnly = request->PostOnly;
        block->SelfTradePrevention = request->SelfTradePrevention;
        block->Resting = resting;
        block->ReduceOnly = request->ReduceOnly;
        block->PositionEffect = request->PositionEffect;
    }

    private void WriteRepeated(NewOrderBlock* request, ulong orderId)
    {
        var block = (OrderAcceptedBlock*)_writer.Next(
            OrderAcceptedBlock.TemplateId, OrderAcceptedBlock.BlockLength, DefinedOrZero(request->InstrumentId), 0);
        block->OrderId = orderId;
        block->Price = request->Price;
        block->Quantity = request->Quantity;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, (byte*)&request->ClientOrderId);
        block->Side = request->Side;
        block->OrderType = request->OrderType;
        block->TimeInForce = request->TimeInForce;
        block->PostOnly = request->PostOnly;
        block->SelfTradePrevention = request->SelfTradePrevention;
        block->Repeated = 1;
        block->ReduceOnly = request->ReduceOnly;
        block->PositionEffect = request->PositionEffect;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RejectOrder(NewOrderBlock* request, RejectReason reason, byte repeated)
    {
        var block = (OrderRejectedBlock*)_writer.Next(
            OrderRejectedBlock.TemplateId, OrderRejectedBlock.BlockLength, DefinedOrZero(request->InstrumentId), 0);
        block->Price = request->Price;
        block->Quantity = request->Quantity;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, (byte*)&request->ClientOrderId);
        block->Reason = reason;
        block->Side = request->Side;
        block->Repeated = repeated;
        block->RequestedInstrumentId = request->InstrumentId;
    }

    /// <param name="order">Still filled; its owner is named.</param>
    /// <param name="slot">Its slot.</param>
    /// <param name="lots">What goes.</param>
    /// <param name="reason">Why.</param>
    /// <param name="rested">1 = it was in the book.</param>
    /// <param name="instrumentSequence">0 unless it was in the book.</param>
    /// <param name="clientOrderId">Of the request; null = nobody asked.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteCanceled(
        OrderRecord* order,
        uint slot,
        long lots,
        CancelReason reason,
        byte rested,
        ulong instrumentSequence,
        byte* clientOrderId)
    {
        var block = (OrderCanceledBlock*)_writer.Next(
            OrderCanceledBlock.TemplateId, OrderCanceledBlock.BlockLength, order->InstrumentId, instrumentSequence);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->Price = order->Price;
        block->CanceledLots = lots;
        if (clientOrderId != null)
        {
            ClientIdKey.Copy((byte*)&block->ClientOrderId, clientOrderId);
        }

        block->Reason = reason;
        block->Side = (Side)order->Resting.Side;
        block->Rested = rested;
        block->OwnerAccountId = order->Resting.AccountId;
        block->OwnerSessionId = SessionOf(order);
    }

    private void WriteReduced(uint slot, long lots)
    {
        OrderRecord* order = Record(slot);
        ulong sequence = ++_instruments[order->InstrumentId].Sequence;
        var block = (OrderReducedBlock*)_writer.Next(
            OrderReducedBlock.TemplateId, OrderReducedBlock.BlockLength, order->InstrumentId, sequence);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->ReducedLots = lots;
        block->OpenLots = order->Resting.OpenLots;
        block->Side = (Side)order->Resting.Side;
        block->OwnerAccountId = order->Resting.AccountId;
        block->OwnerSessionId = SessionOf(order);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RejectRequest(
        uint instrumentId, ulong orderId, byte* clientOrderId, RejectReason reason, RequestKind request)
    {
        var block = (RequestRejectedBlock*)_writer.Next(
            RequestRejectedBlock.TemplateId, RequestRejectedBlock.BlockLength, instrumentId, 0);
        block->OrderId = orderId;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, clientOrderId);
        block->Reason = reason;
        block->Request = request;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RejectCommand(ushort templateId, RejectReason reason)
    {
        var block = (CommandRejectedBlock*)_writer.Next(
            CommandRejectedBlock.TemplateId, CommandRejectedBlock.BlockLength, 0, 0);
        block->CommandTemplateId = templateId;
        block->Reason = reason;
    }

    /// <summary>The session that entered the order: its owner's, or, before it has rested, the command's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint SessionOf(OrderRecord* order) =>
        order->OwnerPlace != 0 ? _owners.OwnerOf(order->OwnerPlace).SessionId : _writer.OriginSessionId;

    private uint DefinedOrZero(uint instrumentId) =>
        instrumentId < Limits.MaxInstruments && _instruments[instrumentId].IsDefined ? instrumentId : 0;
}
