using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>
/// The checks against limits. Plain flow, which no limit concerns, asks one word and comes no further; everything here
/// stands outside the hot methods.
/// </summary>
public sealed unsafe partial class Engine
{
    private const uint MostRows = 8;
    private const ulong SharedRows = 1 << 8;
    private const uint MessagesPerAmendment = 2;

    // What the checks of an order look at, in the order of the kinds; rates come before.
    private const uint OrderKinds = (1u << (int)RiskLimitKind.OrderQuantity)
        | (1u << (int)RiskLimitKind.OrderNotional)
        | (1u << (int)RiskLimitKind.OpenOrders)
        | (1u << (int)RiskLimitKind.DuplicateOrder)
        | (1u << (int)RiskLimitKind.OrderToTrade)
        | (1u << (int)RiskLimitKind.PriceCollar)
        | (1u << (int)RiskLimitKind.NetPosition)
        | (1u << (int)RiskLimitKind.Credit);

    private const uint OtherKinds = OrderKinds & ~((1u << (int)RiskLimitKind.OrderQuantity)
        | (1u << (int)RiskLimitKind.OrderNotional)
        | (1u << (int)RiskLimitKind.OpenOrders));

    /// <summary>What an order or amendment asks of the limits.</summary>
    private ref struct RiskQuestion
    {
        public CommandEnvelope* Envelope;
        public Instrument* Instrument;
        public uint InstrumentId;
        public long Lots;

        /// <summary>Of a limit order, its absolute value; of a market order, known once it is asked for.</summary>
        public long Notional;

        /// <summary>Of an amended order, what would be open of it.</summary>
        public long NotionalOpen;

        /// <summary>Of a new order; null for amendments.</summary>
        public NewOrderBlock* Order;

        /// <summary>Of a limit order.</summary>
        public long Price;
        public uint Side;
        public bool IsMarket;

        /// <summary>It can only make its position smaller.</summary>
        public bool Reduces;

        /// <summary>Lots by which the open ones of its side would grow.</summary>
        public long MoreLots;

        /// <summary>Of the order as it is, before an amendment.</summary>
        public long NotionalBefore;

        /// <summary>It could add a resting order.</summary>
        public bool MayRest;

        /// <summary>Messages that it counts as.</summary>
        public uint Messages;
    }

    /// <summary>Rows that concern the command at hand, then those that concern an order; the warning rows hang on them.</summary>
    private readonly NativeArray<uint> _concernedRows = new(2 * MostRows);

    private uint _concernedCount;

    /// <summary>How many rows limit the number of open orders, and how many count trades.</summary>
    private uint _countingRows;
    private uint _ratioRows;

    // Rows of the shared levels by id, so that nothing is searched for on the way of an order.
    private readonly NativeArray<uint> _groupRows;
    private readonly NativeArray<uint> _firmRows;
    private readonly NativeArray<uint> _instrumentRows;
    private readonly NativeArray<uint> _memberRows;
    private uint _venueRow;

    /// <summary>The rows that concern an order of this session, account and instrument (0 = none), in the rules' order.</summary>
    private uint Gather(uint sessionId, uint accountId, uint instrumentId, uint* rows)
    {
        Account* account = _accounts + accountId;
        uint count = 0;
        rows[count] = _sessions[sessionId].RiskRow;
        count += rows[count] != 0 ? 1u : 0u;
        rows[count] = account->RiskRow;
        count += rows[count] != 0 ? 1u : 0u;
        if ((_venueRisk & SharedRows) == 0)
        {
            return count;
        }

        rows[count] = _groupRows[account->GroupId];
        count += rows[count] != 0 ? 1u : 0u;
        rows[count] = _firmRows[account->FirmId];
        count += rows[count] != 0 ? 1u : 0u;
        rows[count] = _venueRow;
        count += rows[count] != 0 ? 1u : 0u;
        rows[count] = _memberRows[_clearingMembers[account->FirmId]];
        count += rows[count] != 0 ? 1u : 0u;
        rows[count] = _instrumentRows[instrumentId];
        count += rows[count] != 0 ? 1u : 0u;
        return count;
    }

    /// <summary>Kill switches, then the rate of orders and amendments.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckEntry(CommandEnvelope* envelope) =>
        IsKilled(envelope) ? RejectReason.KillSwitch : CheckRate(envelope, RiskLimitKind.OrderRate);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckCancelRate(CommandEnvelope* envelope) => CheckRate(envelope, RiskLimitKind.CancelRate);

    /// <summary>The rows of the command at hand; they stay for its later steps.</summary>
    private uint GatherCommand(CommandEnvelope* envelope) =>
        _concernedCount = Gather(envelope->SessionId, envelope->AccountId, 0, _concernedRows.Pointer);

    /// <summary>A request that is too much for one row costs none of them anything.</summary>
    private RejectReason CheckRate(CommandEnvelope* envelope, RiskLimitKind kind)
    {
        uint* rows = _concernedRows.Pointer;
        uint count = GatherCommand(envelope);
        long nowNs = envelope->TimestampNs;
        for (uint i = 0; i < count; i++)
        {
            RiskRow* row = _riskRows[rows[i]];
            if (row->Has(kind) && RateOf(row, kind).IsExhausted(nowNs))
            {
                return kind == RiskLimitKind.OrderRate ? RejectReason.OrderRateLimit : RejectReason.CancelRateLimit;
            }
        }

        for (uint i = 0; i < count; i++)
        {
            RiskRow* row = _riskRows[rows[i]];
            if (row->Has(kind))
            {
                RateOf(row, kind).Take(nowNs);
            }

            if (row->WarningRow != 0 && _riskRows[row->WarningRow]->Has(kind))
            {
                TakeOrWarn(_riskRows[row->WarningRow], kind, nowNs);
            }
        }

        return RejectReason.None;
    }

    private static ref RateLimit RateOf(RiskRow* row, RiskLimitKind kind) =>
        ref kind == RiskLimitKind.OrderRate ? ref row->Orders : ref row->Cancels;

    private void TakeOrWarn(RiskRow* row, RiskLimitKind kind, long nowNs)
    {
        ref RateLimit rate = ref RateOf(row, kind);
        if (rate.IsExhausted(nowNs))
        {
            Warn(row, kind, rate.Requests, rate.Requests + 1);
            return;
        }

        rate.Take(nowNs);
    }

    private void Warn(RiskRow* row, RiskLimitKind kind, long value, long measured)
    {
        var block = (RiskWarningBlock*)_writer.Next(RiskWarningBlock.TemplateId, RiskWarningBlock.BlockLength, 0, 0);
        block->Value = value;
        block->Measured = measured;
        block->TargetId = row->TargetId;
        block->Level = row->Level;
        block->Kind = kind;
    }

    /// <summary>The limits of a new order that passed the instrument's own checks.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckLimits(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        bool market = request->OrderType == OrderType.Market;
        var question = new RiskQuestion
        {
            Envelope = &request->Envelope,
            Instrument = entry.Instrument,
            InstrumentId = request->InstrumentId,
            Lots = request->Quantity,
            Notional = market ? -1 : Math.Abs(entry.Instrument->Notional(entry.Price, request->Quantity)),
            Order = request,
            Price = entry.Price,
            Side = (uint)request->Side,
            IsMarket = market,
            MoreLots = request->Quantity,
            Reduces = request->ReduceOnly == 1 || request->PositionEffect == PositionEffect.Close,
            MayRest = request->TimeInForce == TimeInForce.GoodTillCancel,
            Messages = 1,
        };
        RejectReason reason = CheckRows(ref question);
        if (reason == RejectReason.None && market)
        {
            entry.LimitRank = CollarRank(ref question);
        }

        return reason;
    }

    /// <summary>The limits of an amendment that is no reduction.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckLimits(AmendOrderBlock* request, OrderRecord* order)
    {
        Instrument* instrument = _instruments + order->InstrumentId;
        var question = new RiskQuestion
        {
            Envelope = &request->Envelope,
            Instrument = instrument,
            InstrumentId = order->InstrumentId,
            Lots = request->Quantity,
            Price = request->Price,
            Side = order->Resting.Side,
            MoreLots = request->Quantity - order->FilledLots - order->Resting.OpenLots,
            NotionalBefore = Math.Abs(instrument->Notional(order->Price, order->Resting.OpenLots)),
            NotionalOpen = Math.Abs(instrument->Notional(request->Price, request->Quantity - order->FilledLots)),
            Reduces = (order->Resting.Marks & OrderMarks.Reduces) != 0,
            Notional = Math.Abs(instrument->Notional(request->Price, request->Quantity)),
            Messages = MessagesPerAmendment,
        };
        return CheckRows(ref question);
    }

    private RejectReason CheckRows(ref RiskQuestion question)
    {
        CommandEnvelope* envelope = question.Envelope;
        Account* account = _accounts + envelope->AccountId;
        if (!IsPermitted(account, envelope->AccountId, question.InstrumentId, question.Reduces))
        {
            return RejectReason.NotPermitted;
        }

        uint* rows = _concernedRows.Pointer;
        rows[_concernedCount] = _instrumentRows[question.InstrumentId];
        _concernedCount += rows[_concernedCount] != 0 ? 1u : 0u;
        uint count = _concernedCount;
        for (uint i = 0; i < count; i++)
        {
            RejectReason reason = CheckRow(_riskRows[rows[i]], ref question);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        for (uint i = 0; i < count; i++)
        {
            uint warning = _riskRows[rows[i]]->WarningRow;
            if (warning != 0)
            {
                WarnBeyond(_riskRows[warning], ref question);
            }
        }

        return RejectReason.None;
    }

    /// <summary>
    /// The limits that nearly every row has are compared without a jump; a limit that is not set holds the largest number.
    /// Only where one of them is broken are they asked one by one, for the reason.
    /// </summary>
    private RejectReason CheckRow(RiskRow* row, ref RiskQuestion question)
    {
        bool foreign = row->CurrencyId != 0 & row->CurrencyId != question.Instrument->QuoteCurrencyId;
        bool broken = question.IsMarket | foreign
            | question.Lots > row->MaxLots
            | question.Notional > row->MaxNotional
            | (question.MayRest & row->OpenOrders >= row->MaxOpenOrders);
        for (uint kinds = row->Armed & (broken ? OrderKinds : OtherKinds); kinds != 0; kinds &= kinds - 1)
        {
            var kind = (RiskLimitKind)BitOperations.TrailingZeroCount(kinds);
            if (IsBeyond(row, kind, ref question, out _, out _))
            {
                return ReasonOf(kind);
            }
        }

        return RejectReason.None;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WarnBeyond(RiskRow* row, ref RiskQuestion question)
    {
        for (uint kinds = row->Armed & OrderKinds; kinds != 0; kinds &= kinds - 1)
        {
            var kind = (RiskLimitKind)BitOperations.TrailingZeroCount(kinds);
            if (IsBeyond(row, kind, ref question, out long value, out long measured))
            {
                Warn(row, kind, value, measured);
            }
        }
    }

    private static RejectReason ReasonOf(RiskLimitKind kind) => kind switch
    {
        RiskLimitKind.OrderQuantity => RejectReason.OrderQuantityLimit,
        RiskLimitKind.OrderNotional => RejectReason.OrderNotionalLimit,
        RiskLimitKind.OpenOrders => RejectReason.OpenOrdersLimit,
        RiskLimitKind.DuplicateOrder => RejectReason.DuplicateOrder,
        RiskLimitKind.PriceCollar => RejectReason.PriceOutsideCollar,
        RiskLimitKind.NetPosition => RejectReason.PositionLimit,
        RiskLimitKind.Credit => RejectReason.CreditLimit,
        _ => RejectReason.OrderToTradeLimit,
    };

    /// <summary>Whether the request goes beyond one limit of a row; both numbers are set only then.</summary>
    private bool IsBeyond(
        RiskRow* row, RiskLimitKind kind, ref RiskQuestion question, out long value, out long measured)
    {
        long nowNs = question.Envelope->TimestampNs;
        switch (kind)
        {
            case RiskLimitKind.OrderQuantity:
                value = row->MaxLots;
                measured = question.Lots;
                return measured > value;
            case RiskLimitKind.OrderNotional:
                value = row->MaxNotional;
                measured = NotionalFor(row, ref question);
                return measured > value;
            case RiskLimitKind.OpenOrders:
                value = row->MaxOpenOrders;
                measured = row->OpenOrders + 1L;
                return question.MayRest && measured > value;
            case RiskLimitKind.DuplicateOrder:
                value = row->DuplicateNs;
                measured = question.Order == null ? -1 : row->SinceEqual(LikenessOf(question.Order), nowNs);
                return measured >= 0;
            case RiskLimitKind.PriceCollar:
                value = row->CollarMillionths;
                measured = question.IsMarket ? 0 : TicksBeyond(question.Instrument, question.Side, question.Price, value);
                return measured > 0;
            case RiskLimitKind.NetPosition:
                value = row->MaxPosition;
                measured = WorstPosition(ref question);
                return measured > value;
            case RiskLimitKind.Credit:
                value = row->MaxCredit;
                measured = CreditWith(row, ref question);
                return measured > value;
            default:
                row->RollWindow(nowNs);
                value = row->MessagesPerTrade;
                measured = (long)row->Messages + question.Messages;
                return (ulong)measured > row->Allowance + ((ulong)row->MessagesPerTrade * row->Trades);
        }
    }

    /// <summary>The worst rank on the other side that the collar lets a market order reach.</summary>
    private long CollarRank(ref RiskQuestion question)
    {
        RiskRow* row = _riskRows[_instrumentRows[question.InstrumentId]];
        if (!row->Has(RiskLimitKind.PriceCollar))
        {
            return long.MaxValue - 1;
        }

        long worst = WorstPrice(question.Instrument, question.Side, row->CollarMillionths);
        return Math.Min(long.MaxValue - 1, worst ^ OrderBooks<RecordLayout>.MaskOf(question.Side ^ 1));
    }

    /// <summary>In the limit's currency. An amount that cannot be told in it is beyond any limit.</summary>
    private long NotionalFor(RiskRow* row, ref RiskQuestion question)
    {
        if (row->CurrencyId != 0 && row->CurrencyId != question.Instrument->QuoteCurrencyId)
        {
            return long.MaxValue;
        }

        return NotionalOf(ref question);
    }

    private long NotionalOf(ref RiskQuestion question)
    {
        if (question.Notional < 0)
        {
            question.Notional = MarketNotional(question.Order, question.Instrument);
        }

        return question.Notional;
    }

    /// <summary>What the resting orders that a market order could reach are worth; the largest number when it does not fit.</summary>
    private long MarketNotional(NewOrderBlock* request, Instrument* instrument)
    {
        long wanted = request->Quantity;
        long sum = 0;
        uint met = 0;
        uint slot = _books.First(request->InstrumentId, (uint)request->Side ^ 1);
        for (; slot != 0 && wanted > 0 && met < Limits.MaxFillsPerCommand; slot = _books.After(slot), met++)
        {
            long lots = Math.Min(wanted, Record(slot)->Resting.OpenLots);
            long notional = Math.Abs(instrument->Notional(Record(slot)->Price, lots));
            sum = notional > long.MaxValue - sum ? long.MaxValue : sum + notional;
            wanted -= lots;
        }

        return sum;
    }

    /// <summary>Equal for orders that a client would not send twice within a moment on purpose.</summary>
    private static ulong LikenessOf(NewOrderBlock* request)
    {
        bool market = request->OrderType == OrderType.Market;
        ulong what = request->InstrumentId | ((ulong)request->Side << 32) | ((ulong)request->OrderType << 40);
        ulong first = ClientIdKey.Fold(
            (ulong)(market ? 0 : request->Price) ^ 0x9E3779B97F4A7C15UL, what ^ 0xC2B2AE3D27D4EB4FUL);
        return ClientIdKey.Fold(first ^ (ulong)request->Quantity, 0xD6E8FEB86659FD93UL);
    }

    /// <summary>An order or amendment was accepted, or an order cancelled: what the limits remember of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RememberRequest(CommandEnvelope* envelope, NewOrderBlock* order, uint messages)
    {
        uint* rows = _concernedRows.Pointer;
        for (uint i = 0; i < _concernedCount; i++)
        {
            RememberIn(rows[i], envelope->TimestampNs, order, messages);
            RememberIn(_riskRows[rows[i]]->WarningRow, envelope->TimestampNs, order, messages);
        }
    }

    private void RememberIn(uint rowIndex, long nowNs, NewOrderBlock* order, uint messages)
    {
        RiskRow* row = _riskRows[rowIndex];
        if (row->Has(RiskLimitKind.OrderToTrade))
        {
            row->RollWindow(nowNs);
            row->Messages = (uint)Math.Min(uint.MaxValue, (ulong)row->Messages + messages);
        }

        if (order != null && row->Has(RiskLimitKind.DuplicateOrder))
        {
            row->Remember(LikenessOf(order), nowNs);
        }
    }

    /// <summary>A trade counts once for each row that concerns its taker and once for each that concerns its maker.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountTrade(ref Taker taker, OrderRecord* maker, long notional)
    {
        CountTradeOf(taker.Order);
        CountTradeOf(maker);
        if (taker.Market && _creditRows != 0)
        {
            Charge(taker.Order, Math.Abs(notional));
        }
    }

    private void CountTradeOf(OrderRecord* order)
    {
        uint* rows = _concernedRows.Pointer + MostRows;
        uint count = Gather(SessionOf(order), order->Resting.AccountId, 0, rows);
        for (uint i = 0; i < count; i++)
        {
            CountTradeIn(rows[i]);
            CountTradeIn(_riskRows[rows[i]]->WarningRow);
        }
    }

    private void CountTradeIn(uint rowIndex)
    {
        RiskRow* row = _riskRows[rowIndex];
        if (row->Has(RiskLimitKind.OrderToTrade))
        {
            row->RollWindow(_writer.OriginTimestampNs);
            row->Trades += row->Trades == uint.MaxValue ? 0u : 1u;
        }
    }

    /// <summary>An order begins or ends to rest.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountOrder(OrderRecord* order, uint change)
    {
        uint* rows = _concernedRows.Pointer + MostRows;
        uint count = Gather(SessionOf(order), order->Resting.AccountId, order->InstrumentId, rows);
        for (uint i = 0; i < count; i++)
        {
            CountOrderIn(rows[i], change);
            CountOrderIn(_riskRows[rows[i]]->WarningRow, change);
        }
    }

    private void CountOrderIn(uint rowIndex, uint change)
    {
        RiskRow* row = _riskRows[rowIndex];
        row->OpenOrders += row->Has(RiskLimitKind.OpenOrders) ? change : 0;
    }
}
