using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Valuing anew after a price changed, margin calls, liquidation.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly List<Valuation> _valuations = [];
    private readonly List<ReferenceAccount> _liquidations = [];
    private ReferenceLevels _levels = new(1_250_000, 1_000_000, false);
    private bool _hasLevels;

    /// <summary>An instrument whose positions are valued, and those that are still to be, the youngest first.</summary>
    private sealed class Valuation
    {
        public required ReferenceInstrument Instrument { get; init; }

        public required Queue<ReferencePosition> Left { get; set; }
    }

    private void QueueValuation(ReferenceInstrument instrument)
    {
        bool isValuable = instrument.IsOnMargin && instrument.MarkPrice is not null
            && _prices.ContainsKey(instrument.Definition.QuoteCurrencyId);
        if (!isValuable)
        {
            return;
        }

        Queue<ReferencePosition> all = new(_positions.Where(p => p.Instrument == instrument).Reverse());
        if (_valuations.Find(v => v.Instrument == instrument) is { } running)
        {
            running.Left = all;
            return;
        }

        _valuations.Add(new Valuation { Instrument = instrument, Left = all });
    }

    private void GoOnWithValuations(ref uint budget)
    {
        while (_valuations.Count > 0)
        {
            Valuation first = _valuations[0];
            while (first.Left.Count > 0)
            {
                if (budget == 0)
                {
                    return;
                }

                budget--;
                ReferencePosition position = first.Left.Dequeue();
                Value(position);
                Review(position.Account);
            }

            _valuations.RemoveAt(0);
        }
    }

    private ReferenceLevels LevelsOf(ReferenceAccount account) => account.Levels ?? _levels;

    private bool IsBelow(ReferenceAccount account, uint level) =>
        EquityOf(account) * Million < SumOf(account, p => p.Maintenance) * level;

    private void Review(ReferenceAccount account)
    {
        if (account.MarginState == ReferenceMarginState.Liquidating)
        {
            return;
        }

        ReferenceLevels levels = LevelsOf(account);
        if (IsBelow(account, levels.StopOut))
        {
            account.MarginState = ReferenceMarginState.Liquidating;
            account.ClosesTried.Clear();
            account.DebtsTried.Clear();
            _liquidations.Add(account);
            LiquidationEndedBlock told = MarginOf(account);
            Emit(new LiquidationStartedBlock
            {
                Equity = told.Equity,
                Maintenance = told.Maintenance,
                Initial = told.Initial,
                LiquidatedAccountId = account.Id,
            });
        }
        else if (IsBelow(account, levels.Call) && account.MarginState == ReferenceMarginState.Sound)
        {
            account.MarginState = ReferenceMarginState.Called;
            LiquidationEndedBlock told = MarginOf(account);
            Emit(new MarginCallBlock
            {
                Equity = told.Equity,
                Maintenance = told.Maintenance,
                Initial = told.Initial,
                CalledAccountId = account.Id,
            });
        }
        else if (!IsBelow(account, levels.Call) && account.MarginState == ReferenceMarginState.Called)
        {
            account.MarginState = ReferenceMarginState.Sound;
            LiquidationEndedBlock told = MarginOf(account);
            Emit(new MarginRestoredBlock
            {
                Equity = told.Equity,
                Maintenance = told.Maintenance,
                Initial = told.Initial,
                CalledAccountId = account.Id,
            });
        }
    }

    private LiquidationEndedBlock MarginOf(ReferenceAccount account) => new()
    {
        Equity = (long)Between(EquityOf(account), long.MaxValue),
        Maintenance = (long)Between(SumOf(account, p => p.Maintenance), long.MaxValue),
        Initial = (long)Between(SumOf(account, p => p.Initial), long.MaxValue),
        LiquidatedAccountId = account.Id,
    };

    private void GoOnWithLiquidations(ref uint budget)
    {
        while (_liquidations.Count > 0 && budget > 0 && LiquidateFurther(_liquidations[0], ref budget))
        {
        }
    }

    private bool LiquidateFurther(ReferenceAccount account, ref uint budget)
    {
        for (;;)
        {
            List<ReferenceOrder> left = RestingOrders.Where(o => o.Account == account).OrderBy(o => o.Id).ToList();
            if (left.Count == 0)
            {
                break;
            }

            if (budget == 0)
            {
                return false;
            }

            CancelResting(NextToCancel(left), CancelReason.Liquidation, default);
            budget--;
        }

        if (budget != Limits.MaxFillsPerCommand)
        {
            return false;
        }

        List<ReferencePosition> open = PositionsOf(account).Where(p => p.Instrument.IsOnMargin && p.NetLots != 0).ToList();
        bool recovered = !IsBelow(account, LevelsOf(account).StopOut);
        ReferencePosition? worst = open.Except(account.ClosesTried)
            .OrderBy(p => p.Unrealised).ThenBy(p => p.Instrument.Id).ThenBy(p => p.IsShortLeg).FirstOrDefault();
        ReferencePosition? debt = PositionsOf(account).Reverse()
            .FirstOrDefault(p => p.Unsettled < 0 && !account.DebtsTried.Contains(p));
        if (open.Count > 0 && !recovered && worst is not null)
        {
            budget = 0;
            account.ClosesTried.Add(worst);
            CloseByForce(worst);
            return false;
        }

        if (open.Count == 0 && debt is not null)
        {
            budget = 0;
            account.DebtsTried.Add(debt);
            CoverDebt(debt);
            return false;
        }

        _liquidations.RemoveAt(0);
        account.MarginState = open.Count > 0 ? ReferenceMarginState.Called : ReferenceMarginState.Sound;
        Emit(MarginOf(account) with
        {
            Result = open.Count == 0 ? LiquidationResult.Closed
                : recovered ? LiquidationResult.Recovered : LiquidationResult.Unfilled,
        });
        budget--;
        return true;
    }

    /// <summary>An order in the account's name, as the account itself would send it.</summary>
    private void CloseByForce(ReferencePosition position)
    {
        ReferenceInstrument instrument = position.Instrument;
        Side side = position.NetLots > 0 ? Side.Sell : Side.Buy;
        bool hasCounterparty = instrument.Book.Of(side == Side.Buy ? Side.Sell : Side.Buy).Count > 0;
        if (!_slots.HasRoom || instrument.Status != TradingStatus.Open || !hasCounterparty)
        {
            return;
        }

        CommandEnvelope tick = _command;
        _command.AccountId = position.Account.Id;
        _command.FirmId = position.Account.FirmId;
        _command.SessionId = 0;
        _command.SessionSequence = 0;
        _command.UserId = 0;
        ReferenceOrder order = new()
        {
            Id = _slots.Take(),
            Account = position.Account,
            SessionId = 0,
            Instrument = instrument,
            Side = side,
            Type = OrderType.Limit,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            PostOnly = PostOnly.No,
            SelfTradePrevention = SelfTradePrevention.None,
            EnteredBy = _commandNumber,
            Price = side == Side.Buy ? instrument.Definition.MaxPrice : instrument.Definition.MinPrice,
            TotalLots = (long)BigInteger.Abs(position.NetLots),
            OpenLots = (long)BigInteger.Abs(position.NetLots),
            LastClientOrderId = default,
            Position = position,
            Reduces = true,
        };
        OrderAcceptedBlock accepted = new()
        {
            OrderId = order.Id,
            Price = order.Price,
            Quantity = order.OpenLots,
            Side = side,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            ReduceOnly = 1,
            PositionEffect = EffectOf(order),
        };
        Emit(accepted, instrument);
        MatchAndFinish(order);
        _command = tick;
    }

    private void CoverDebt(ReferencePosition position)
    {
        uint owed = position.Instrument.Definition.QuoteCurrencyId;
        uint account = position.Account.Id;
        uint clearing = VenueAccount(position.Account.Environment, AccountKind.Clearing);
        SettleProfit(position, PostingReason.Profit, 0);
        foreach (uint currency in _prices.Keys.ToList())
        {
            BigInteger needed = CeilingDiv(CostOf(owed, -position.Unsettled) * Trillion, _prices[currency].Price);
            BigInteger amount = BigInteger.Min(position.Account.Available(currency), needed);
            if (position.Unsettled < 0 && amount > 0 && HasRoomFor(account, clearing, currency, amount))
            {
                Post(PostingReason.Conversion, account, clearing, currency, amount, 0);
                BigInteger covered = FloorDiv(ValueOf(currency, amount) * Trillion, _prices[owed].Price);
                position.Unsettled += BigInteger.Min(-position.Unsettled, covered);
            }
        }

        uint fund = VenueAccount(position.Account.Environment, AccountKind.InsuranceFund);
        if (position.Unsettled < 0 && LevelsOf(position.Account).IsProtected
            && TryPost(PostingReason.Insurance, fund, clearing, owed, -position.Unsettled, account) == RejectReason.None)
        {
            position.Unsettled = 0;
        }

        Value(position);
    }
}
