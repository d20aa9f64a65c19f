using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>What the end of a trading date does, in this order.</summary>
internal enum RollStep : uint
{
    Interest,

    Done,
}

/// <summary>A roll of the trading date on its way; what one command leaves undone goes on in Ticks.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct TradingDateRoll
{
    [FieldOffset(0)]
    public ulong RequestSequence;

    [FieldOffset(8)]
    public uint PreviousDate;

    [FieldOffset(12)]
    public RollStep Step;

    /// <summary>What the step has come to: a currency for interest.</summary>
    [FieldOffset(16)]
    public uint Cursor;

    /// <summary>The account that comes next for it.</summary>
    [FieldOffset(20)]
    public uint AccountId;

    /// <summary>1 = it is not done.</summary>
    [FieldOffset(24)]
    public uint Active;
}

public sealed unsafe partial class Engine
{
    private TradingDateRoll _roll;
    private uint _tradingDate;

    private void RollTradingDate(RollTradingDateBlock* request)
    {
        RejectReason reason = _roll.Active != 0 ? RejectReason.RollInProgress
            : request->TradingDate <= _tradingDate ? RejectReason.DateNotRising
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(RollTradingDateBlock.TemplateId, reason);
            return;
        }

        _roll = new TradingDateRoll
        {
            RequestSequence = request->Envelope.Sequence,
            PreviousDate = _tradingDate,
            Cursor = 1,
            AccountId = 1,
            Active = 1,
        };
        _tradingDate = request->TradingDate;
        var block = (TradingDateRolledBlock*)_writer.Next(
            TradingDateRolledBlock.TemplateId, TradingDateRolledBlock.BlockLength, 0, 0);
        block->TradingDate = _tradingDate;
        block->PreviousDate = _roll.PreviousDate;
        ContinueRoll();
    }

    /// <summary>Works on the roll as far as one command may, and says so when it is done.</summary>
    private void ContinueRoll()
    {
        if (_roll.Active == 0)
        {
            return;
        }

        // An account can get entries of several events each, so it counts for four fills.
        uint accounts = (Limits.MaxFillsPerCommand / 4) + 1;
        while (_roll.Step != RollStep.Done)
        {
            bool done = _roll.Step switch
            {
                RollStep.Interest => PayInterest(ref accounts),
                _ => true,
            };
            if (!done)
            {
                return;
            }

            _roll.Step++;
            _roll.Cursor = 1;
            _roll.AccountId = 1;
        }

        var block = (TradingDateRollDoneBlock*)_writer.Next(
            TradingDateRollDoneBlock.TemplateId, TradingDateRollDoneBlock.BlockLength, 0, 0);
        block->RequestSequence = _roll.RequestSequence;
        block->TradingDate = _tradingDate;
        _roll = default;
    }

    /// <summary>Currency by currency, account by account; false: the rest waits.</summary>
    private bool PayInterest(ref uint accounts)
    {
        for (; _roll.Cursor < _currencies.Length && _roll.PreviousDate != 0; _roll.Cursor++, _roll.AccountId = 1)
        {
            if (_currencies[_roll.Cursor].InterestRate == 0)
            {
                continue;
            }

            for (; _roll.AccountId < Limits.MaxAccounts; _roll.AccountId++)
            {
                if (accounts == 0)
                {
                    return false;
                }

                accounts--;
                if (_balances.TryFind(_roll.AccountId, _roll.Cursor, out uint slot))
                {
                    PayInterest(in _balances[slot], in _currencies[_roll.Cursor]);
                }
            }
        }

        return true;
    }

    private void PayInterest(in Balance balance, in Currency currency)
    {
        Int128 held = (Int128)balance.Available + balance.Held + balance.Pending;
        Int128 yearly = held * Math.Abs((long)currency.InterestRate) * (_tradingDate - _roll.PreviousDate);
        Int128 divisor = (Int128)RateOne * currency.DayCount;
        Int128 whole = yearly / divisor;
        if (whole == 0)
        {
            return;
        }

        Int128 paid = whole + (whole * divisor == yearly ? 0 : 1);
        uint interest = SystemAccountFor(balance.AccountId, AccountKind.Interest);
        uint rounding = SystemAccountFor(balance.AccountId, AccountKind.Rounding);
        if (currency.InterestRate > 0)
        {
            PostInterest(interest, balance.AccountId, balance.CurrencyId, whole);
            PostRounding(interest, rounding, balance.CurrencyId, paid - whole);
            return;
        }

        // An account is not charged more than it has available.
        uint accountId = balance.AccountId;
        Int128 charged = Int128.Min(paid, balance.Available);
        Int128 received = Int128.Min(whole, charged);
        PostInterest(accountId, interest, balance.CurrencyId, received);
        PostRounding(accountId, rounding, balance.CurrencyId, charged - received);
    }

    private void PostInterest(uint debit, uint credit, uint currencyId, Int128 amount) =>
        PostIfPossible(PostingReason.Interest, debit, credit, currencyId, amount, _tradingDate);

    private void PostRounding(uint debit, uint credit, uint currencyId, Int128 amount) =>
        PostIfPossible(PostingReason.Rounding, debit, credit, currencyId, amount, _tradingDate);

    /// <summary>An entry that is owed, whatever margin it leaves, and that the rules leave out where it does not fit.</summary>
    private void PostIfPossible(
        PostingReason reason, uint debit, uint credit, uint currencyId, Int128 amount, ulong relatedId)
    {
        if (amount > 0 && amount <= long.MaxValue)
        {
            var movement = new Movement(debit, credit, currencyId, (long)amount);
            if (CheckMovement(in movement, owed: true) == RejectReason.None)
            {
                Post(reason, in movement, relatedId, null);
            }
        }
    }

    private void SetInterestRate(SetInterestRateBlock* request)
    {
        RejectReason reason = IsCurrency(request->CurrencyId) ? RejectReason.None : RejectReason.UnknownCurrency;
        if (reason == RejectReason.None
            && (Math.Abs((long)request->Rate) > RateOne || request->DayCount is not (360 or 365)))
        {
            reason = RejectReason.InvalidRate;
        }

        if (reason == RejectReason.None && _roll.Active != 0)
        {
            reason = RejectReason.RollInProgress;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetInterestRateBlock.TemplateId, reason);
            return;
        }

        ref Currency currency = ref _currencies[request->CurrencyId];
        int previous = currency.InterestRate;
        currency.InterestRate = request->Rate;
        currency.DayCount = request->DayCount;
        var block = (InterestRateSetBlock*)_writer.Next(
            InterestRateSetBlock.TemplateId, InterestRateSetBlock.BlockLength, 0, 0);
        FillInterestRate(block, request->CurrencyId);
        block->PreviousRate = previous;
    }

    private void FillInterestRate(InterestRateSetBlock* block, uint currencyId)
    {
        block->Rate = _currencies[currencyId].InterestRate;
        block->CurrencyId = currencyId;
        block->DayCount = _currencies[currencyId].DayCount;
    }
}
