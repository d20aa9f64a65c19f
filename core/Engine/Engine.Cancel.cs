using System;
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
        bool isChecked = reason == RejectReason.None && IsChecked(&request->Envelope);
        if (isChecked)
        {
            reason = CheckCancelRate(&request->Envelope);
        }

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
        if (isChecked)
        {
            RememberRequest(&request->Envelope, null, 1);
        }
    }

    /// <summary>Slot of the account's resting order, by engine id or, when that is 0, by client order id; 0 = unknown.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FindResting(ulong orderId, byte* origClientOrderId, uint accountId, uint instrumentId)
    {
        if (orderId == 0)
        {
            uint name = _clientIds.Find(
                origClientOrderId,
                accountId,
                HashAhead(origClientOrderId, accountId),
                _accounts[accountId].OutlivedIds);
            if (name == 0)
            {
                return 0;
            }

            orderId = _clientIds.Entry(accountId, name)->Outcome;
        }

        if (!IsResting(orderId))
        {
            return 0;
        }

        uint slot = (uint)orderId;
        bool own = _books.At(slot)->AccountId == accountId
            && (instrumentId == 0 || Record(slot)->InstrumentId == instrumentId);
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
        uint instrumentId = Record(slot)->InstrumentId;
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
        if (IsChecked(&request->Envelope))
        {
            RememberRequest(&request->Envelope, null, MessagesPerAmendment);
        }
    }

    private RejectReason CheckAmendment(AmendOrderBlock* request, uint slot, bool named, uint hash)
    {
        OrderRecord* order = Record(slot);
        Instrument* instrument = _instruments + order->InstrumentId;
        bool reduces = request->Price == order->Price && request->Quantity < order->FilledLots + order->Resting.OpenLots;
        bool isChecked = IsChecked(&request->Envelope);
        RejectReason reason = RejectReason.None;
        if (isChecked)
        {
            reason = reduces ? CheckCancelRate(&request->Envelope) : CheckEntry(&request->Envelope);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        if (instrument->Status != TradingStatus.Open)
        {
            return RejectReason.InstrumentHalted;
        }

        if (_accounts[order->Resting.AccountId].Margin >= AccountMargin.Liquidating)
        {
            return RejectReason.AccountInLiquidation;
        }

        reason = named ? CheckNewName(request, hash) : RejectReason.None;
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

        if (request->Quantity <= order->FilledLots)
        {
            return RejectReason.QuantityBelowFilled;
        }

        long openLots = request->Quantity - order->FilledLots;
        if (openLots == order->Resting.OpenLots && request->Price == order->Price)
        {
            return RejectReason.NothingToAmend;
        }

        if (isChecked && !reduces)
        {
            reason = CheckLimits(request, order);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        uint other = (uint)order->Resting.Side ^ 1;
        if (!reduces
            && order->Resting.PostOnly != 0
            && _books.SideOf(order->InstrumentId, other).BestRank <= (request->Price ^ OrderBooks<RecordLayout>.MaskOf(other)))
        {
            return RejectReason.PostOnlyWouldTrade;
        }

        reason = instrument->Features != InstrumentFeatures.None && !reduces
            ? CheckAmendedPosition(order, request->Price, openLots)
            : RejectReason.None;
        return reason == RejectReason.None ? Rehold(instrument, slot, request->Price, openLots) : reason;
    }

    private RejectReason CheckNewName(AmendOrderBlock* request, uint hash)
    {
        byte* clientOrderId = (byte*)&request->ClientOrderId;
        uint accountId = request->Envelope.AccountId;
        if (!ClientIdKey.IsWellFormed(clientOrderId))
        {
            return RejectReason.InvalidClientOrderId;
        }

        if (_clientIds.Find(clientOrderId, accountId, hash, _accounts[accountId].OutlivedIds) != 0)
        {
            return RejectReason.DuplicateClientOrderId;
        }

        // Only an accepted amendment makes the window forget its oldest id, so here it is only asked.
        ulong remembered = _accounts[accountId].RememberedIds;
        bool room = _clientIds.HasRoom
            || (remembered >= Limits.ClientIdWindow && !IsResting(_clientIds.NextPlace(accountId, remembered)->Outcome));
        return room ? RejectReason.None : RejectReason.ClientOrderIdsFull;
    }

    private void NameAmended(AmendOrderBlock* request, uint slot, uint hash)
    {
        uint accountId = request->Envelope.AccountId;
        bool room = MakeRoomForName(accountId);
        Invariant.Require(room);
        uint entry = _clientIds.Add(
            (byte*)&request->ClientOrderId, accountId, hash, ref _accounts[accountId].RememberedIds);
        RememberedId* name = _clientIds.Entry(accountId, entry);
        name->Content = ContentOf(request);
        name->Outcome = ((ulong)_books.At(slot)->Generation << 32) | slot;
        name->Earlier = Record(slot)->ClientIdEntry;
        Record(slot)->ClientIdEntry = entry;
    }

    /// <summary>Differs from the content of any new order: an amendment's id is not an order's.</summary>
    private static ulong ContentOf(AmendOrderBlock* request) =>
        ClientIdKey.Fold((ulong)request->Price ^ 0xA24BAED4963EE407UL, (ulong)request->Quantity ^ 0x9FB21C651E98DF25UL) | 1;

    /// <summary>The hold for the amended order in place of the present one; refused without the funds, and then nothing moved.</summary>
    private RejectReason Rehold(Instrument* instrument, uint slot, long price, long openLots)
    {
        if (IsOnMargin(instrument))
        {
            return RejectReason.None;
        }

        OrderRecord* order = Record(slot);
        uint accountId = order->Resting.AccountId;
        bool hasMargin = _accounts[accountId].Margin != AccountMargin.None;
        bool paysFees = (order->Resting.Marks & OrderMarks.PaysFees) != 0;
        Int128 equity = hasMargin ? EquityOf(accountId) : 0;
        long feesBefore = paysFees ? _fees[slot].Held : 0;
        RejectReason reason = paysFees
            ? ReholdWithFees(instrument, order, slot, price, openLots)
            : ReholdFunds(instrument, order, price, openLots);
        if (reason != RejectReason.None || !hasMargin || IsCovered(accountId, equity))
        {
            return reason;
        }

        if (paysFees)
        {
            uint quote = RowOf(accountId, instrument->QuoteCurrencyId);
            _holds.Release(quote, _fees[slot].Held);
            ReturnFunds(instrument, order, price, openLots);
            _fees[slot].Held = feesBefore;
            bool back = _holds.TryHold(quote, feesBefore);
            Invariant.Require(back);
            return RejectReason.InsufficientMargin;
        }

        ReturnFunds(instrument, order, price, openLots);
        return RejectReason.InsufficientMargin;
    }

    private RejectReason ReholdFunds(Instrument* instrument, OrderRecord* order, long price, long openLots)
    {
        uint accountId = order->Resting.AccountId;
        uint baseRow = RowOf(accountId, instrument->BaseCurrencyId);
        uint quoteRow = RowOf(accountId, instrument->QuoteCurrencyId);
        ReleaseFunds(instrument, order, order->Resting.OpenLots);
        RejectReason reason = HoldLimit(instrument, order->Resting.Side, price, openLots, baseRow, quoteRow);
        if (reason != RejectReason.None)
        {
            RejectReason back = HoldLimit(
                instrument, order->Resting.Side, order->Price, order->Resting.OpenLots, baseRow, quoteRow);
            Invariant.Require(back == RejectReason.None);
        }

        return reason;
    }

    /// <summary>The hold of the order as it still is, in place of the one that its amendment would need.</summary>
    private void ReturnFunds(Instrument* instrument, OrderRecord* order, long price, long openLots)
    {
        uint accountId = order->Resting.AccountId;
        uint side = order->Resting.Side;
        uint baseRow = RowOf(accountId, instrument->BaseCurrencyId);
        uint quoteRow = RowOf(accountId, instrument->QuoteCurrencyId);
        ReleaseLimit(instrument, side, price, openLots, baseRow, quoteRow);
        RejectReason back = HoldLimit(instrument, side, order->Price, order->Resting.OpenLots, baseRow, quoteRow);
        Invariant.Require(back == RejectReason.None);
    }

    /// <summary>Everything was checked and the hold is the new one.</summary>
    private void Amend(AmendOrderBlock* request, uint slot)
    {
        OrderRecord* order = Record(slot);
        Instrument* instrument = _instruments + order->InstrumentId;
        long before = order->Resting.OpenLots;
        long openLots = request->Quantity - order->FilledLots;
        if (_creditRows != 0)
        {
            long notional = System.Math.Abs(instrument->Notional(order->Price, before));
            Charge(order, System.Math.Abs(instrument->Notional(request->Price, openLots)) - notional);
        }

        bool keeps = request->Price == order->Price && openLots < before;
        if (!keeps)
        {
            _books.Remove(slot);
        }

        Retrack(order, request->Price, openLots);
        order->Resting.OpenLots = openLots;
        order->Price = request->Price;
        var block = (OrderAmendedBlock*)_writer.Next(
            OrderAmendedBlock.TemplateId, OrderAmendedBlock.BlockLength, order->InstrumentId, ++instrument->Sequence);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->Price = request->Price;
        block->OpenLots = openLots;
        ClientIdKey.Copy((byte*)&block->ClientOrderId, (byte*)&request->ClientOrderId);
        block->Side = (Side)order->Resting.Side;
        block->KeptPriority = keeps ? (byte)1 : (byte)0;
        block->PreviousOpenLots = before;
        if (!keeps)
        {
            long limitRank = request->Price ^ OrderBooks<RecordLayout>.MaskOf((uint)order->Resting.Side ^ 1);
            Execute(instrument, slot, limitRank, TimeInForce.GoodTillCancel);
        }
    }
}
