using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>What a currency is worth: reference units for 10^12 of its own, and what of that does not count.</summary>
internal sealed record CollateralPriceOf(long Price, uint Haircut);

/// <summary>Rates in millionths up to a limit; the last one has no limit.</summary>
internal sealed record MarginTier(long? Limit, uint Initial, uint Maintenance);

internal sealed record ReferenceLevels(uint Call, uint StopOut, bool IsProtected);

internal enum ReferenceMarginState
{
    Sound,
    Called,
    Liquidating,
}

/// <summary>Margin: prices, valuation, and what an order or a payment may ask for.</summary>
internal sealed partial class ReferenceEngine
{
    private const int MaxCollateral = 16;
    private const long Million = 1_000_000;
    private static readonly BigInteger Trillion = BigInteger.Pow(10, 12);
    private static readonly BigInteger MostValue = BigInteger.One << 62;

    private readonly SortedDictionary<uint, CollateralPriceOf> _prices = [];

    /// <summary>The order that is being matched; it is in no book.</summary>
    private ReferenceOrder? _taker;

    private static BigInteger FloorDiv(BigInteger dividend, BigInteger divisor)
    {
        BigInteger whole = BigInteger.DivRem(dividend, divisor, out BigInteger rest);
        return rest < 0 ? whole - 1 : whole;
    }

    private static BigInteger CeilingDiv(BigInteger dividend, BigInteger divisor) => -FloorDiv(-dividend, divisor);

    private static BigInteger Between(BigInteger value, BigInteger most) =>
        BigInteger.Max(-most, BigInteger.Min(most, value));

    /// <summary>In the reference currency, rounded down.</summary>
    private BigInteger ValueOf(uint currency, BigInteger amount) =>
        Between(FloorDiv(amount * _prices[currency].Price, Trillion), MostValue);

    private BigInteger CostOf(uint currency, BigInteger amount) => -ValueOf(currency, -amount);

    private BigInteger CollateralOf(uint currency, BigInteger amount) =>
        FloorDiv(ValueOf(currency, amount) * (Million - _prices[currency].Haircut), Million);

    private static BigInteger MarginOf(ReferenceInstrument instrument, BigInteger notional, Func<MarginTier, uint> rate)
    {
        if (instrument.Tiers.Count == 0)
        {
            return notional;
        }

        BigInteger millionths = 0;
        BigInteger from = 0;
        foreach (MarginTier tier in instrument.Tiers)
        {
            BigInteger to = tier.Limit is { } limit ? BigInteger.Min(limit, notional) : notional;
            millionths += BigInteger.Max(0, to - from) * rate(tier);
            from = BigInteger.Max(from, to);
        }

        return CeilingDiv(millionths, Million);
    }

    /// <summary>Initial margin of a position if its open orders had so many more lots at so much more value.</summary>
    private BigInteger InitialOf(ReferencePosition position, Side? side, BigInteger lots, BigInteger value)
    {
        ReferenceInstrument instrument = position.Instrument;
        BigInteger mark = instrument.MarkPrice!.Value;
        BigInteger unit = mark * instrument.NotionalPerTickLot;
        BigInteger worst = 0;
        foreach (Side filled in (Side[])[Side.Buy, Side.Sell])
        {
            BigInteger openLots = OpenLots(position, filled) + (filled == side ? lots : 0);
            BigInteger openValue = OpenValue(position, filled) + (filled == side ? value : 0);
            int sign = filled == Side.Buy ? 1 : -1;
            BigInteger loss = sign * (openValue - (openLots * unit));
            BigInteger notional = BigInteger.Abs((position.NetLots + (sign * openLots)) * unit);
            worst = BigInteger.Max(
                worst, MarginOf(instrument, notional, tier => tier.Initial) + BigInteger.Max(0, loss));
        }

        return CostOf(instrument.Definition.QuoteCurrencyId, worst);
    }

    private BigInteger OpenValue(ReferencePosition position, Side side) => OpenOrders(position, side)
        .Aggregate(BigInteger.Zero, (sum, order) => sum + order.Instrument.Notional(order.Price, order.OpenLots));

    private IEnumerable<ReferenceOrder> OpenOrders(ReferencePosition position, Side side)
    {
        IEnumerable<ReferenceOrder> all = RestingOrders;
        if (_taker is not null && !all.Contains(_taker))
        {
            all = all.Append(_taker);
        }

        return all.Where(order => order.Position == position && order.Side == side);
    }

    private void Value(ReferencePosition? position)
    {
        if (position is not { Instrument.IsOnMargin: true })
        {
            return;
        }

        ReferenceInstrument instrument = position.Instrument;
        uint quote = instrument.Definition.QuoteCurrencyId;
        BigInteger worth = position.NetLots * instrument.MarkPrice!.Value * instrument.NotionalPerTickLot;
        position.Initial = InitialOf(position, null, 0, 0);
        position.Maintenance = CostOf(quote, MarginOf(instrument, BigInteger.Abs(worth), tier => tier.Maintenance));
        position.Unrealised = ValueOf(quote, worth - position.Cost + position.Unsettled);
    }

    private IEnumerable<ReferencePosition> PositionsOf(ReferenceAccount account) =>
        _positions.Where(p => p.Account == account);

    private BigInteger SumOf(ReferenceAccount account, Func<ReferencePosition, BigInteger> part) =>
        PositionsOf(account).Aggregate(BigInteger.Zero, (sum, p) => sum + part(p));

    /// <summary>Equity if the account had so much less available of some currencies.</summary>
    private BigInteger EquityOf(ReferenceAccount account, params (uint Currency, BigInteger Amount)[] less) =>
        SumOf(account, p => p.Unrealised) + _prices.Keys
            .Where(account.Balances.ContainsKey)
            .Aggregate(BigInteger.Zero, (sum, currency) => sum + CollateralOf(
                currency,
                less.Where(l => l.Currency == currency)
                    .Aggregate(account.Available(currency), (available, l) => available - l.Amount)));

    /// <summary>What is spent leaves the margin covered, or does not lower the equity.</summary>
    private bool MaySpend(ReferenceAccount account, params (uint Currency, BigInteger Amount)[] less)
    {
        BigInteger after = EquityOf(account, less);
        return !account.IsOnMargin || after >= EquityOf(account) || after >= SumOf(account, p => p.Initial);
    }

    private RejectReason CheckMarginTerms(ReferenceInstrument instrument)
    {
        if (!instrument.IsOnMargin)
        {
            return RejectReason.None;
        }

        if (instrument.MarkPrice is null)
        {
            return RejectReason.NoMarkPrice;
        }

        return _prices.ContainsKey(instrument.Definition.QuoteCurrencyId)
            ? RejectReason.None
            : RejectReason.NoCollateralPrice;
    }

    private RejectReason CheckMargin(ReferencePosition position, Side side, BigInteger lots, BigInteger value)
    {
        if (!position.Instrument.IsOnMargin)
        {
            return RejectReason.None;
        }

        BigInteger initial = InitialOf(position, side, lots, value);
        BigInteger wanted = SumOf(position.Account, p => p.Initial) - position.Initial + initial;
        return initial <= position.Initial || EquityOf(position.Account) >= wanted
            ? RejectReason.None
            : RejectReason.InsufficientMargin;
    }

    /// <summary>At the limit; a market order at its makers' prices, and at the mark beyond them.</summary>
    private BigInteger WorstValue(in NewOrderBlock request, ReferenceInstrument instrument, long price)
    {
        if (request.OrderType != OrderType.Market)
        {
            return instrument.Notional(price, request.Quantity);
        }

        BigInteger value = 0;
        long left = request.Quantity;
        foreach (ReferenceOrder maker in Reachable(request, instrument))
        {
            long lots = Math.Min(left, maker.OpenLots);
            value += instrument.Notional(maker.Price, lots);
            left -= lots;
        }

        return value + instrument.Notional(instrument.MarkPrice!.Value, left);
    }

    private bool HasRoomFor(uint debit, uint credit, uint currency, BigInteger amount) =>
        CheckSums(debit, credit, currency, amount);

    /// <summary>Pays what was realised, as far as there is money on either side.</summary>
    private void SettleProfit(ReferencePosition position, PostingReason reason, ulong relatedId)
    {
        uint account = position.Account.Id;
        uint currency = position.Instrument.Definition.QuoteCurrencyId;
        uint clearing = VenueAccount(position.Account.Environment, AccountKind.Clearing);
        BigInteger amount = BigInteger.Min(-position.Unsettled, position.Account.Available(currency));
        (uint debit, uint credit) = (account, clearing);
        if (position.Unsettled >= 0)
        {
            amount = position.Unsettled;
            (debit, credit) = (clearing, account);
        }

        if (amount == 0 || !HasRoomFor(debit, credit, currency, amount))
        {
            return;
        }

        Post(reason, debit, credit, currency, amount, relatedId);
        position.Unsettled += position.Unsettled < 0 ? amount : -amount;
    }

    private void SetCollateralPrice(in SetCollateralPriceBlock request)
    {
        RejectReason reason = RejectReason.None;
        if (!_currencies.ContainsKey(request.CurrencyId))
        {
            reason = RejectReason.UnknownCurrency;
        }
        else if (request.Price < 1 || request.Haircut > Million)
        {
            reason = RejectReason.InvalidDefinition;
        }
        else if (!_prices.ContainsKey(request.CurrencyId) && _prices.Count == MaxCollateral)
        {
            reason = RejectReason.CapacityExceeded;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _prices[request.CurrencyId] = new CollateralPriceOf(request.Price, request.Haircut);
        Emit(Told(request.CurrencyId));
        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            QueueValuation(instrument);
        }

        uint budget = Limits.MaxFillsPerCommand;
        GoOnWithValuations(ref budget);
    }

    private CollateralPriceChangedBlock Told(uint currency) => new()
    {
        CurrencyId = currency,
        Price = _prices[currency].Price,
        Haircut = _prices[currency].Haircut,
    };

    private void SetMarkPrice(in SetMarkPriceBlock request)
    {
        RejectReason reason = CheckMark(request, out ReferenceInstrument? instrument, out long price);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        MarkPriceChangedBlock changed = new()
        {
            Price = price,
            PreviousPrice = instrument!.MarkPrice ?? 0,
            Source = request.Source,
        };
        Emit(changed, instrument);
        instrument.MarkPrice = price;
        QueueValuation(instrument);
        uint budget = Limits.MaxFillsPerCommand;
        GoOnWithValuations(ref budget);
    }

    private RejectReason CheckMark(in SetMarkPriceBlock request, out ReferenceInstrument? instrument, out long price)
    {
        price = request.Price;
        if (!_instruments.TryGetValue(request.InstrumentId, out instrument))
        {
            return RejectReason.UnknownInstrument;
        }

        if (!instrument.IsOnMargin)
        {
            return RejectReason.NotOnMargin;
        }

        switch (request.Source)
        {
            case MarkSource.Given:
                return CheckPrice(instrument, price, 1);
            case MarkSource.Last:
                price = instrument.LastPrice ?? 0;
                return instrument.LastPrice is null ? RejectReason.NoMarkPrice : CheckPrice(instrument, price, 1);
            case MarkSource.Mid:
                if (instrument.Book.Bids.Count == 0 || instrument.Book.Asks.Count == 0)
                {
                    return RejectReason.NoMarkPrice;
                }

                BigInteger bid = instrument.Book.Bids[0].Price;
                price = (long)(bid + ((instrument.Book.Asks[0].Price - bid) / 2));
                return RejectReason.None;
            default:
                return RejectReason.MalformedCommand;
        }
    }

    private void SetMarginTiers(in SetMarginTiersBlock request)
    {
        RejectReason reason = RejectReason.None;
        List<MarginTier> tiers = TiersOf(request);
        if (!_instruments.TryGetValue(request.InstrumentId, out ReferenceInstrument? instrument))
        {
            reason = RejectReason.UnknownInstrument;
        }
        else if (!instrument.IsOnMargin)
        {
            reason = RejectReason.NotOnMargin;
        }
        else if (tiers.Count == 0)
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        instrument!.Tiers = tiers;
        Emit(Told(instrument), instrument);
        QueueValuation(instrument);
        uint budget = Limits.MaxFillsPerCommand;
        GoOnWithValuations(ref budget);
    }

    /// <summary>None: they make no sense.</summary>
    private static List<MarginTier> TiersOf(in SetMarginTiersBlock request)
    {
        long[] limits = [request.Limit1, request.Limit2, request.Limit3, 0];
        uint[] initial = [request.Initial1, request.Initial2, request.Initial3, request.Initial4];
        uint[] maintenance = [request.Maintenance1, request.Maintenance2, request.Maintenance3, request.Maintenance4];
        uint count = request.Tiers;
        if (count is 0 or > 4)
        {
            return [];
        }

        bool sound = limits.Skip((int)count - 1).All(limit => limit == 0)
            && initial.Concat(maintenance).All(rate => rate <= Million)
            && initial.Skip((int)count).Concat(maintenance.Skip((int)count)).All(rate => rate == 0);
        List<MarginTier> tiers = [];
        for (int i = 0; i < count; i++)
        {
            bool isLast = i + 1 == count;
            sound &= maintenance[i] >= 1 && maintenance[i] <= initial[i];
            sound &= isLast || limits[i] > (i == 0 ? 0 : limits[i - 1]);
            tiers.Add(new MarginTier(isLast ? null : limits[i], initial[i], maintenance[i]));
        }

        return sound ? tiers : [];
    }

    private static MarginTiersChangedBlock Told(ReferenceInstrument instrument)
    {
        List<MarginTier> tiers = [.. instrument.Tiers];
        while (tiers.Count < 4)
        {
            tiers.Add(new MarginTier(null, 0, 0));
        }

        return new MarginTiersChangedBlock
        {
            Limit1 = tiers[0].Limit ?? 0,
            Limit2 = tiers[1].Limit ?? 0,
            Limit3 = tiers[2].Limit ?? 0,
            Initial1 = tiers[0].Initial,
            Initial2 = tiers[1].Initial,
            Initial3 = tiers[2].Initial,
            Initial4 = tiers[3].Initial,
            Maintenance1 = tiers[0].Maintenance,
            Maintenance2 = tiers[1].Maintenance,
            Maintenance3 = tiers[2].Maintenance,
            Maintenance4 = tiers[3].Maintenance,
            Tiers = (uint)instrument.Tiers.Count,
        };
    }

    private void SetMarginLevels(in SetMarginLevelsBlock request)
    {
        ReferenceAccount? account = null;
        RejectReason reason = _command.AccountId != 0 ? CheckAccount(out account) : RejectReason.None;
        bool sound = request.StopOut >= 1 && request.StopOut <= request.Call && request.Call <= 100 * Million
            && request.Protected <= 1;
        if (reason == RejectReason.None && !sound)
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        ReferenceLevels levels = new(request.Call, request.StopOut, request.Protected == 1);
        if (account is null)
        {
            _levels = levels;
            _hasLevels = true;
        }
        else
        {
            account.Levels = levels;
        }

        Emit(Told(levels));
    }

    private static MarginLevelsChangedBlock Told(ReferenceLevels levels) => new()
    {
        Call = levels.Call,
        StopOut = levels.StopOut,
        Protected = levels.IsProtected ? (byte)1 : (byte)0,
    };

    private void ShowMarginTerms()
    {
        foreach (uint currency in _prices.Keys)
        {
            Show(Told(currency), default);
        }

        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            EventEnvelope envelope = new() { InstrumentId = instrument.Id };
            if (instrument.Tiers.Count > 0)
            {
                Show(Told(instrument), envelope);
            }

            if (instrument.MarkPrice is { } mark)
            {
                Show(new MarkPriceChangedBlock { Price = mark }, envelope);
            }
        }

        if (_hasLevels)
        {
            Show(Told(_levels), default);
        }
    }

    private void ShowMarginAccounts()
    {
        foreach (ReferenceAccount account in _accounts.Values)
        {
            if (account.MarginState == ReferenceMarginState.Sound && account.Levels is null)
            {
                continue;
            }

            MarginAccountImageBlock block = new()
            {
                Call = account.Levels?.Call ?? 0,
                StopOut = account.Levels?.StopOut ?? 0,
                Protected = account.Levels is { IsProtected: true } ? (byte)1 : (byte)0,
                OwnLevels = account.Levels is null ? (byte)0 : (byte)1,
                State = (byte)account.MarginState,
            };
            Show(block, new EventEnvelope { AccountId = account.Id });
        }
    }
}
