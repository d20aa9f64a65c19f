using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void CancelOrder(CancelOrderBlock* request)
    {
        byte* clientOrderId = (byte*)&request->ClientOrderId;
        RejectReason reason = CheckAccount(&request->Envelope);
        uint slot = 0;
        if (reason == RejectReason.None)
        {
            slot = FindResting(
                request->OrderId, (byte*)&request->OrigClientOrderId, request->Envelope.AccountId, request->InstrumentId);
            reason = slot == 0 ? RejectReason.UnknownOrder : RejectReason.None;
        }

        if (reason != RejectReason.None)
        {
            RejectRequest(0, request->OrderId, clientOrderId, reason, RequestKind.Cancel);
            return;
        }

        CancelResting(slot, CancelReason.Requested, clientOrderId);
    }

    /// <summary>Slot of the account's resting order, by engine id or, when that is 0, by client order id; 0 = unknown.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FindResting(ulong orderId, byte* origClientOrderId, uint accountId, uint instrumentId)
    {
        if (orderId == 0)
        {
            uint entry = _clientIds.Find(origClientOrderId, accountId, HashAhead(origClientOrderId, accountId));
            if (entry == 0)
            {
                return 0;
            }

            orderId = _clientIds.Entries[entry].Outcome;
        }

        if (!IsResting(orderId))
        {
            return 0;
        }

        uint slot = (uint)orderId;
        bool own = _books.Orders[slot].AccountId == accountId
            && (instrumentId == 0 || _details[slot].InstrumentId == instrumentId);
        return own ? slot : 0;
    }

    private void AmendOrder(AmendOrderBlock* request)
    {
        uint accountId = request->Envelope.AccountId;
        RejectReason reason = CheckAccount(&request->Envelope);
        uint slot = 0;
        if (reason == RejectReason.None)
        {
            slot = FindResting(request->OrderId, (byte*)&request->OrigClientOrderId, accountId, request->InstrumentId);
            reason = slot == 0 ? RejectReason.UnknownOrder : RejectReason.None;
        }

        byte* clientOrderId = (byte*)&request->ClientOrderId;
        if (reason != RejectReason.None)
        {
            RejectRequest(0, request->OrderId, clientOrderId, reason, RequestKind.Amend);
            return;
        }

        bool named = !ClientIdKey.IsEmpty(clientOrderId);
        uint hash = named ? _clientIds.HashOf(clientOrderId, accountId) : 0;
        uint instrumentId = _details[slot].InstrumentId;
        reason = CheckAmendment(request, slot, named, hash);
        if (reason != RejectReason.None)
        {
            RejectRequest(instrumentId, request->OrderId, clientOrderId, reason, RequestKind.Amend);
            return;
        }

        if (named)
        {
            NameAmended(request, slot, hash);
        }

        Amend(request, slot);
    }

    private RejectReason CheckAmendment(AmendOrderBlock* request, uint slot, bool named, uint hash)
    {
        OrderDetail* detail = _details + slot;
        Instrument* instrument = _instruments.Pointer + detail->InstrumentId;
        if (instrument->Status != TradingStatus.Open)
        {
            return RejectReason.InstrumentHalted;
        }

        RejectReason reason = named ? CheckNewName(request, hash) : RejectReason.None;
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request->Quantity < 1 || request->Quantity > instrument->MaxQuantity)
        {
            return RejectReason.InvalidQuantity;
        }

        reason = CheckPrice(instrument, request->Price, request->Quantity);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request->Quantity <= detail->FilledLots)
        {
            return RejectReason.QuantityBelowFilled;
        }

        RestingOrder* order = _books.Orders + slot;
        long openLots = request->Quantity - detail->FilledLots;
        if (openLots == order->OpenLots && request->Price == detail->Price)
        {
            return RejectReason.NothingToAmend;
        }

        bool keeps = request->Price == detail->Price && openLots < order->OpenLots;
        uint other = (uint)order->Side ^ 1;
        if (!keeps
            && order->PostOnly != 0
            && _books.SideOf(detail->InstrumentId, other).BestRank <= (request->Price ^ OrderBooks.MaskOf(other)))
        {
            return RejectReason.PostOnlyWouldTrade;
        }

        return Rehold(instrument, slot, request->Price, openLots);
    }

    private RejectReason CheckNewName(AmendOrderBlock* request, uint hash)
    {
        byte* clientOrderId = (byte*)&request->ClientOrderId;
        uint accountId = request->Envelope.AccountId;
        if (!ClientIdKey.IsWellFormed(clientOrderId))
        {
            return RejectReason.InvalidClientOrderId;
        }

        if (_clientIds.Find(clientOrderId, accountId, hash) != 0)
        {
            return RejectReason.DuplicateClientOrderId;
        }

        // Only an accepted amendment makes the window forget its oldest id, so here it is only asked.
        ref ClientIdWindow window = ref _accounts[accountId].ClientIds;
        bool room = _clientIds.HasFreeEntry
            || (window.Count == Limits.ClientIdWindow && !IsResting(_clientIds.Entries[window.Oldest].Outcome));
        return room ? RejectReason.None : RejectReason.ClientOrderIdsFull;
    }

    private void NameAmended(AmendOrderBlock* request, uint slot, uint hash)
    {
        uint accountId = request->Envelope.AccountId;
        ref ClientIdWindow window = ref _accounts[accountId].ClientIds;
        bool room = MakeRoomForName(ref window);
        Invariant.Require(room);
        uint entry = _clientIds.Add((byte*)&request->ClientOrderId, accountId, hash, ref window);
        RememberedId* name = _clientIds.Entries + entry;
        name->Content = ContentOf(request);
        name->Outcome = ((ulong)_books.Orders[slot].Generation << 32) | slot;
        name->EarlierName = _details[slot].ClientIdEntry;
        _details[slot].ClientIdEntry = entry;
    }

    /// <summary>Differs from the content of any new order: an amendment's id is not an order's.</summary>
    private static ulong ContentOf(AmendOrderBlock* request) =>
        ClientIdKey.Fold((ulong)request->Price ^ 0xA24BAED4963EE407UL, (ulong)request->Quantity ^ 0x9FB21C651E98DF25UL) | 1;

    /// <summary>The hold for the amended order in place of the present one; refused without the funds, and then nothing moved.</summary>
    private RejectReason Rehold(Instrument* instrument, uint slot, long price, long openLots)
    {
        RestingOrder* order = _books.Orders + slot;
        OrderDetail* detail = _details + slot;
        ReleaseLimit(instrument, order->Side, detail->Price, order->OpenLots, detail->BaseBalance, detail->QuoteBalance);
        RejectReason reason = HoldLimit(
            instrument, order->Side, price, openLots, detail->BaseBalance, detail->QuoteBalance);
        if (reason != RejectReason.None)
        {
            RejectReason back = HoldLimit(
                instrument, order->Side, detail->Price, order->OpenLots, detail->BaseBalance, detail->QuoteBalance);
            Invariant.Require(back == RejectReason.None);
        }

        return reason;
    }

    /// <summary>Everything was checked and the hold is the new one.</summary>
    private void Amend(AmendOrderBlock* request, uint slot)
    {
        RestingOrder* order = _books.Orders + slot;
        OrderDetail* detail = _details + slot;
        Instrument* instrument = _instruments.Pointer + detail->InstrumentId;
        long before = order->OpenLots;
        long openLots = request->Quantity - detail->FilledLots;
        bool keeps = request->Price == detail->Price && openLots < before;
        if (!keeps)
        {
            _books.Remove(slot);
        }

        order->OpenLots = openLots;
        detail->Price = request->Price;
        var block = (OrderAmendedBlock*)_writer.Next(
            OrderAmendedBlock.TemplateId, OrderAmendedBlock.BlockLength, detail->InstrumentId, ++instrument->Sequence);
        block->OrderId = ((ulong)order->Generation << 32) | slot;
        block->Price = request->Price;
        block->OpenLots = openLots;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, (byte*)&request->ClientOrderId);
        block->Side = (Side)order->Side;
        block->KeptPriority = keeps ? (byte)1 : (byte)0;
        block->PreviousOpenLots = before;
        if (!keeps)
        {
            long limitRank = request->Price ^ OrderBooks.MaskOf((uint)order->Side ^ 1);
            Execute(instrument, slot, limitRank, TimeInForce.GoodTillCancel);
        }
    }
}
