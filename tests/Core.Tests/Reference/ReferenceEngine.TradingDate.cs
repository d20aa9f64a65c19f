using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Reference prices, interest, and the end of a trading date.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly SortedDictionary<uint, SetReferencePriceBlock> _referencePrices = [];
    private readonly SortedDictionary<uint, SetInterestRateBlock> _interestRates = [];

    /// <summary>What the roll has to do, one piece per account that it looks at; null = no roll.</summary>
    private Queue<System.Action>? _roll;

    private ulong _rollRequest;
    private uint _referenceCurrency;

    public uint TradingDate { get; private set; }

    private void SetReferenceCurrency(in SetReferenceCurrencyBlock request)
    {
        RejectReason reason = !_currencies.ContainsKey(request.CurrencyId) ? RejectReason.UnknownCurrency
            : _referenceCurrency != 0 ? RejectReason.AlreadyDefined
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _referenceCurrency = request.CurrencyId;
        Emit(new ReferenceCurrencySetBlock { CurrencyId = request.CurrencyId });
    }

    private void SetReferencePrice(in SetReferencePriceBlock request)
    {
        RejectReason reason = !_currencies.ContainsKey(request.CurrencyId) ? RejectReason.UnknownCurrency
            : request.Price < 0 || request.Haircut > 1_000_000 ? RejectReason.InvalidRate
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        long previous = _referencePrices.TryGetValue(request.CurrencyId, out SetReferencePriceBlock old) ? old.Price : 0;
        _referencePrices[request.CurrencyId] = request;
        Emit(Told(request) with { PreviousPrice = previous });
    }

    private static ReferencePriceSetBlock Told(in SetReferencePriceBlock request) => new()
    {
        Price = request.Price,
        CurrencyId = request.CurrencyId,
        Haircut = request.Haircut,
    };

    private void SetInterestRate(in SetInterestRateBlock request)
    {
        RejectReason reason = !_currencies.ContainsKey(request.CurrencyId) ? RejectReason.UnknownCurrency
            : BigInteger.Abs(request.Rate) > 1_000_000_000 || request.DayCount is not (360 or 365) ? RejectReason.InvalidRate
            : _roll is not null ? RejectReason.RollInProgress
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        int previous = _interestRates.TryGetValue(request.CurrencyId, out SetInterestRateBlock old) ? old.Rate : 0;
        _interestRates[request.CurrencyId] = request;
        Emit(Told(request) with { PreviousRate = previous });
    }

    private static InterestRateSetBlock Told(in SetInterestRateBlock request) => new()
    {
        Rate = request.Rate,
        CurrencyId = request.CurrencyId,
        DayCount = request.DayCount,
    };

    private void RollTradingDate(in RollTradingDateBlock request)
    {
        RejectReason reason = _roll is not null ? RejectReason.RollInProgress
            : request.TradingDate <= TradingDate ? RejectReason.DateNotRising
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        uint previous = TradingDate;
        TradingDate = request.TradingDate;
        _rollRequest = _command.Sequence;
        Emit(new TradingDateRolledBlock { TradingDate = TradingDate, PreviousDate = previous });
        _roll = new Queue<System.Action>();
        foreach ((uint currency, SetInterestRateBlock terms) in _interestRates)
        {
            for (uint account = 1; account < Limits.MaxAccounts && previous != 0 && terms.Rate != 0; account++)
            {
                uint id = account;
                _roll.Enqueue(() => PayInterest(id, currency, terms, TradingDate - previous));
            }
        }

        GoOnWithRoll();
    }

    private void GoOnWithRoll()
    {
        if (_roll is null)
        {
            return;
        }

        for (uint i = 0; i < (Limits.MaxFillsPerCommand / 4) + 1 && _roll.Count > 0; i++)
        {
            _roll.Dequeue()();
        }

        if (_roll.Count == 0)
        {
            _roll = null;
            Emit(new TradingDateRollDoneBlock { RequestSequence = _rollRequest, TradingDate = TradingDate });
        }
    }

    private void PayInterest(uint id, uint currency, SetInterestRateBlock terms, uint days)
    {
        if (!_accounts.TryGetValue(id, out ReferenceAccount? account)
            || !account.Balances.TryGetValue(currency, out ReferenceBalance? balance))
        {
            return;
        }

        BigInteger whole = BigInteger.DivRem(
            balance.Total * BigInteger.Abs(terms.Rate) * days, 1_000_000_000 * (BigInteger)terms.DayCount, out BigInteger rest);
        if (whole == 0)
        {
            return;
        }

        BigInteger up = whole + (rest == 0 ? 0 : 1);
        uint interest = VenueAccount(account.Environment, AccountKind.Interest);
        uint rounding = VenueAccount(account.Environment, AccountKind.Rounding);
        if (terms.Rate > 0)
        {
            PostIfPossible(PostingReason.Interest, interest, id, currency, whole, TradingDate);
            PostIfPossible(PostingReason.Rounding, interest, rounding, currency, up - whole, TradingDate);
        }
        else
        {
            BigInteger charged = BigInteger.Min(up, balance.Available);
            BigInteger received = BigInteger.Min(whole, charged);
            PostIfPossible(PostingReason.Interest, id, interest, currency, received, TradingDate);
            PostIfPossible(PostingReason.Rounding, id, rounding, currency, charged - received, TradingDate);
        }
    }

    private void PostIfPossible(
        PostingReason reason, uint debit, uint credit, uint currency, BigInteger amount, ulong relatedId)
    {
        if (amount > 0 && Fits(amount))
        {
            TryPost(reason, debit, credit, currency, amount, relatedId, owed: true);
        }
    }
}
