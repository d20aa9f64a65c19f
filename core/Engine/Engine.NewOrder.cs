using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    /// <summary>What an order entry has found out about itself on its way through the checks.</summary>
    private struct Entry
    {
        public NewOrderBlock* Request;
        public Instrument* Instrument;
        public uint NameEntry;
        public uint BaseBalance;
        public uint QuoteBalance;

        /// <summary>Balances that the account had not yet and that a reject takes away again: bit 0 base, bit 1 quote.</summary>
        public uint NewRows;

        /// <summary>The account lacks a balance and there is no room for it.</summary>
        public bool NoRoomForRows;

        /// <summary>Pre-trade checks beyond the instrument's own concern it.</summary>
        public bool IsChecked;

        /// <summary>After a slide; zero for market orders.</summary>
        public long Price;

        /// <summary>Quote that a market order holds.</summary>
        public long QuoteHold;

        /// <summary>Worst rank on the other side that the order accepts.</summary>
        public long LimitRank;

        /// <summary>The position that it concerns, when its instrument has positions; made when it is accepted.</summary>
        public ulong PositionKey;

        public OrderMarks Marks;
    }

    private void NewOrder(NewOrderBlock* request)
    {
        uint accountId = request->Envelope.AccountId;
        RejectReason reason = CheckAccount(&request->Envelope);
        if (reason != RejectReason.None || !ClientIdKey.IsWellFormed((byte*)&request->ClientOrderId))
        {
            RejectOrder(request, reason != RejectReason.None ? reason : RejectReason.InvalidClientOrderId, 0);
            return;
        }

        byte* id = (byte*)&request->ClientOrderId;
        uint hash = HashAhead(id, accountId);
        ulong content = ContentOf(request);
        uint known = _clientIds.Find(id, accountId, hash, _accounts[accountId].OutlivedIds);
        if (known != 0)
        {
            AnswerKnown(request, known, content);
            return;
        }

        // Without room the entry stays 0, which step 9 refuses; whatever comes before it is told and not remembered.
        Entry entry = default;
        entry.Request = request;
        if (MakeRoomForName(accountId))
        {
            entry.NameEntry = _clientIds.Add(id, accountId, hash, ref _accounts[accountId].RememberedIds);
        }

        RememberedId* name = _clientIds.Entry(accountId, entry.NameEntry);
        name->Content = content;
        reason = Check(ref entry);
        if (reason == RejectReason.None)
        {
            reason = Enter(ref entry);
        }

        if (reason != RejectReason.None)
        {
            name->Outcome = (ulong)reason;
            ReturnRows(ref entry);
            RejectOrder(request, reason, 0);
        }
        else if (entry.IsChecked)
        {
            RememberRequest(&request->Envelope, request, 1);
            ChargeNew(ref entry);
        }
    }

    /// <summary>Steps 4 to 12 of the rules: everything but money and room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason Check(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        RejectReason reason = RejectReason.None;
        if (IsChecked(&request->Envelope))
        {
            entry.IsChecked = true;
            reason = CheckEntry(&request->Envelope);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        uint instrumentId = request->InstrumentId;
        if (instrumentId >= Limits.MaxInstruments || !_instruments[instrumentId].IsDefined)
        {
            return RejectReason.UnknownInstrument;
        }

        Instrument* instrument = _instruments + instrumentId;
        entry.Instrument = instrument;
        if (instrument->Environment != _accounts[request->Envelope.AccountId].Environment)
        {
            return RejectReason.EnvironmentMismatch;
        }

        if (instrument->Status != TradingStatus.Open)
        {
            return RejectReason.InstrumentHalted;
        }

        if (_accounts[request->Envelope.AccountId].Margin >= AccountMargin.Liquidating)
        {
            return RejectReason.AccountInLiquidation;
        }

        reason = CheckFields(request, instrument);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        long quantity = request->Quantity;
        if (quantity < 1 || quantity > instrument->MaxQuantity)
        {
            return RejectReason.InvalidQuantity;
        }

        uint side = (uint)request->Side;
        bool market = request->OrderType == OrderType.Market;
        if (!market)
        {
            entry.Price = request->Price;
            reason = CheckPrice(instrument, entry.Price, quantity);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        entry.LimitRank = long.MaxValue - 1;
        if (entry.IsChecked)
        {
            reason = CheckLimits(ref entry);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        if (!_slots.HasRoom || entry.NameEntry == 0)
        {
            return !_slots.HasRoom ? RejectReason.BookFull : RejectReason.ClientOrderIdsFull;
        }

        uint accountId = request->Envelope.AccountId;
        if (!_balances.TryFind(accountId, instrument->BaseCurrencyId, out entry.BaseBalance)
            | !_balances.TryFind(accountId, instrument->QuoteCurrencyId, out entry.QuoteBalance))
        {
            AddRows(ref entry, accountId);
        }

        ref readonly BookSide other = ref _books.SideOf(instrumentId, side ^ 1);
        entry.LimitRank = market ? entry.LimitRank : entry.Price ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1);
        if (market && other.BestRank > entry.LimitRank)
        {
            return other.BestPage == 0 ? RejectReason.NoLiquidity : RejectReason.PriceOutsideCollar;
        }

        if (request->PostOnly != PostOnly.No && other.BestRank <= entry.LimitRank)
        {
            reason = Slide(ref entry, other.BestRank);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        if (request->TimeInForce == TimeInForce.FillOrKill && !CanFill(ref entry))
        {
            return RejectReason.FillOrKillUnfilled;
        }

        return instrument->Features == InstrumentFeatures.None ? RejectReason.None : CheckPosition(ref entry);
    }

    /// <summary>The enumerations and their combinations. One comparison of most bytes lets the plain order through.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason CheckFields(NewOrderBlock* request, Instrument* instrument)
    {
        if (request->Side <= Side.Sell
            && ((uint)request->OrderType | (uint)request->PostOnly | TailOf(request)) == 0
            && request->TimeInForce <= TimeInForce.FillOrKill)
        {
            return RejectReason.None;
        }

        return CheckUnusualFields(request, instrument);
    }

    /// <summary>Self-trade prevention, reduce-only and position effect, read as one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint TailOf(NewOrderBlock* request) => *(uint*)&request->SelfTradePrevention & 0x00FFFFFF;

    private RejectReason CheckUnusualFields(NewOrderBlock* request, Instrument* instrument)
    {
        if (request->Side > Side.Sell)
        {
            return RejectReason.InvalidSide;
        }

        if (request->OrderType > OrderType.Market)
        {
            return RejectReason.InvalidOrderType;
        }

        bool market = request->OrderType == OrderType.Market;
        if (request->TimeInForce > TimeInForce.FillOrKill || (market && request->TimeInForce == TimeInForce.GoodTillCancel))
        {
            return RejectReason.InvalidTimeInForce;
        }

        bool plain = request->PostOnly == PostOnly.No;
        if (request->PostOnly > PostOnly.Slide || (!plain && (market || request->TimeInForce != TimeInForce.GoodTillCancel)))
        {
            return RejectReason.InvalidPostOnly;
        }

        return request->SelfTradePrevention > SelfTradePrevention.Decrement
            ? RejectReason.InvalidSelfTradePrevention
            : CheckEffect(request, instrument);
    }

    /// <summary>Steps 7 and 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static RejectReason CheckPrice(Instrument* instrument, long price, long quantity)
    {
        if (price <= 0 && instrument->NegativePrices == 0)
        {
            return RejectReason.InvalidPrice;
        }

        if (price < instrument->MinPrice || price > instrument->MaxPrice)
        {
            return RejectReason.PriceOutsideBand;
        }

        return instrument->TryNotional(price, quantity, out _) ? RejectReason.None : RejectReason.NotionalOverflow;
    }

    /// <summary>A post-only order would trade: refused, or moved to one tick behind the best opposite price.</summary>
    private RejectReason Slide(ref Entry entry, long bestRank)
    {
        if (entry.Request->PostOnly == PostOnly.Reject)
        {
            return RejectReason.PostOnlyWouldTrade;
        }

        uint side = (uint)entry.Request->Side;
        long best = bestRank ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1);
        long price = side == 0 ? best - 1 : best + 1;
        if (price < entry.Instrument->MinPrice || price > entry.Instrument->MaxPrice)
        {
            return RejectReason.PriceOutsideBand;
        }

        entry.Price = price;
        entry.LimitRank = price ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1);
        return CheckPrice(entry.Instrument, price, entry.Request->Quantity);
    }

    /// <summary>Steps 13 and 14, and then the order is in: money, room, acceptance, matching.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason Enter(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        uint side = (uint)request->Side;
        if (request->OrderType == OrderType.Market)
        {
            return EnterMarket(ref entry);
        }

        RejectReason reason = IsPlain(ref entry)
            ? HoldLimit(entry.Instrument, side, entry.Price, request->Quantity, entry.BaseBalance, entry.QuoteBalance)
            : HoldWithMargin(ref entry);
        if (reason != RejectReason.None || entry.NoRoomForRows)
        {
            return reason != RejectReason.None ? reason : RefuseRows(ref entry);
        }

        uint slot = TakeSlot(ref entry);
        bool trades = _books.SideOf(request->InstrumentId, side ^ 1).BestRank <= entry.LimitRank;
        if (!trades && request->TimeInForce == TimeInForce.GoodTillCancel)
        {
            reason = RestNew(ref entry, slot);
            if (reason != RejectReason.None)
            {
                _slots.Untake(slot);
                ReleaseEntry(ref entry);
                return reason;
            }

            Track(ref entry);
            WriteAccepted(ref entry, slot, resting: 1);
            AcceptFees(ref entry, slot);
            return RejectReason.None;
        }

        Track(ref entry);
        WriteAccepted(ref entry, slot, resting: 0);
        AcceptFees(ref entry, slot);
        Execute(entry.Instrument, slot, entry.LimitRank, request->TimeInForce);
        return RejectReason.None;
    }

    private RejectReason EnterMarket(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        RejectReason reason = IsPlain(ref entry) ? HoldMarket(ref entry) : HoldWithMargin(ref entry);
        if (reason != RejectReason.None || entry.NoRoomForRows)
        {
            return reason != RejectReason.None ? reason : RefuseRows(ref entry);
        }

        uint slot = TakeSlot(ref entry);
        Track(ref entry);
        WriteAccepted(ref entry, slot, resting: 0);
        AcceptFees(ref entry, slot);
        ExecuteMarket(ref entry, slot);
        return RejectReason.None;
    }

    /// <summary>Takes a slot and fills both records of the order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint TakeSlot(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        uint slot = _slots.Take();
        OrderRecord* order = Record(slot);
        order->Resting.OpenLots = request->Quantity;
        order->Resting.AccountId = request->Envelope.AccountId;
        order->Resting.Side = (byte)request->Side;
        order->Resting.SelfTradePrevention = (byte)request->SelfTradePrevention;
        order->Resting.PostOnly = (byte)request->PostOnly;
        order->Resting.Marks = entry.Marks;
        order->Price = entry.Price;
        order->FilledLots = 0;
        order->InstrumentId = request->InstrumentId;
        order->OwnerPlace = 0;
        order->ClientIdEntry = entry.NameEntry;
        order->Era = _era;
        _clientIds.Entry(request->Envelope.AccountId, entry.NameEntry)->Outcome =
            ((ulong)order->Resting.Generation << 32) | slot;
        return slot;
    }

    /// <summary>Puts the order into the book and into its owner's list, both or neither.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason RestNew(ref Entry entry, uint slot)
    {
        NewOrderBlock* request = entry.Request;
        if (!_books.TryRest(request->InstrumentId, (uint)request->Side, entry.Price, slot))
        {
            return RejectReason.BookFull;
        }

        if (!ListWithOwner(Record(slot), slot))
        {
            _books.Remove(slot);
            return RejectReason.OwnersFull;
        }

        return RejectReason.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool ListWithOwner(OrderRecord* order, uint slot)
    {
        uint accountId = order->Resting.AccountId;
        uint sessionId = _writer.OriginSessionId;
        uint owner = _owners.FindOrAdd(
            sessionId, accountId, ref _accounts[accountId].FirstOwner, ref _sessions[sessionId].FirstOwner);
        order->OwnerPlace = owner == 0 ? 0 : _owners.Insert(owner, slot);
        if (_countingRows != 0 && owner != 0)
        {
            CountOrder(order, 1);
        }

        return owner != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason CheckAccount(CommandEnvelope* envelope)
    {
        uint accountId = envelope->AccountId;
        if (accountId >= Limits.MaxAccounts || _accounts[accountId].Open == 0)
        {
            return RejectReason.UnknownAccount;
        }

        uint firmId = envelope->FirmId;
        return firmId != 0 && _accounts[accountId].FirmId != firmId ? RejectReason.AccountNotOfFirm : RejectReason.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ContentOf(NewOrderBlock* request)
    {
        // The eight bytes from instrumentId to postOnly are read as one.
        ulong fields = *(ulong*)&request->InstrumentId;
        ulong first = ClientIdKey.Fold((ulong)request->Price ^ 0x9E3779B97F4A7C15UL, fields ^ 0xC2B2AE3D27D4EB4FUL);
        return ClientIdKey.Fold(first ^ (ulong)request->Quantity, 0xD6E8FEB86659FD93UL + TailOf(request));
    }

    /// <summary>A repetition is told the earlier outcome; the same id with another content is refused.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AnswerKnown(NewOrderBlock* request, uint known, ulong content)
    {
        RememberedId* name = _clientIds.Entry(request->Envelope.AccountId, known);
        if (name->Content != content)
        {
            RejectOrder(request, RejectReason.DuplicateClientOrderId, 0);
            return;
        }

        if (name->Outcome >> 32 == 0)
        {
            RejectOrder(request, (RejectReason)name->Outcome, 1);
            return;
        }

        WriteRepeated(request, name->Outcome);
    }

    /// <summary>Forgets the account's oldest id when its window is full. False: there is no room for one more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MakeRoomForName(uint accountId)
    {
        ulong remembered = _accounts[accountId].RememberedIds;
        if (remembered < Limits.ClientIdWindow)
        {
            return _clientIds.HasRoom;
        }

        RememberedId* oldest = _clientIds.NextPlace(accountId, remembered);
        return !IsResting(oldest->Outcome) || MoveOldestOut(accountId, oldest);
    }

    /// <summary>The oldest id's order still rests: the id stays known outside the window, under another name.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MoveOldestOut(uint accountId, RememberedId* oldest)
    {
        if (!_clientIds.HasRoom)
        {
            return false;
        }

        uint before = _clientIds.NameOfPlace(_accounts[accountId].RememberedIds);
        uint after = _clientIds.MoveOut(oldest);
        OrderRecord* order = Record((uint)oldest->Outcome);
        order->Resting.Marks |= OrderMarks.NameOutOfWindow;
        _accounts[accountId].OutlivedIds++;
        if (order->ClientIdEntry == before)
        {
            order->ClientIdEntry = after;
            return true;
        }

        RememberedId* later = _clientIds.Entry(accountId, order->ClientIdEntry);
        while (later->Earlier != before)
        {
            Invariant.Require(later->Earlier != 0);
            later = _clientIds.Entry(accountId, later->Earlier);
        }

        later->Earlier = after;
        return true;
    }

    /// <summary>True when the id names an order that is in a book now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsResting(ulong orderId)
    {
        uint slot = (uint)orderId;
        uint generation = (uint)(orderId >> 32);
        return generation != 0
            && slot - 1 < _books.MaxOrders
            && _books.At(slot)->Generation == generation
            && _books.At(slot)->Level != 0;
    }
}
