using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Withdrawals", "Reference prices" and "Trading date".</summary>
internal sealed class TradingDateScenarios
{
    private const uint Monday = 20_000;

    [Test]
    public void A_withdrawal_waits_as_pending_until_it_is_settled()
    {
        using EngineHarness venue = Open();
        ulong id = Request(venue, 1, 400).Only<WithdrawalChangedBlock>().WithdrawalId;
        Assert.That(Of(venue, 1), Is.EqualTo((999_600L, 0L, 400L)));
        Decide(venue, id, WithdrawalStatus.Settled).Tells("refused DecideWithdrawal InvalidWithdrawalStatus");
        Decide(venue, id, WithdrawalStatus.Approved).Tells("withdrawal of 400 Approved, 1 has 999600, pending 400");
        Decide(venue, id, WithdrawalStatus.Approved).Tells("refused DecideWithdrawal InvalidWithdrawalStatus");
        Decide(venue, id, WithdrawalStatus.Settled).Tells(
            "Withdrawal 400 of 1: 1 to 999600, External to -2999600",
            "withdrawal of 400 Settled, 1 has 999600, pending 0");
        Decide(venue, id, WithdrawalStatus.Rejected).Tells("refused DecideWithdrawal UnknownWithdrawal");
        venue.Pair.CompareStates();
    }

    [Test]
    public void A_rejected_withdrawal_is_available_again_also_after_its_approval()
    {
        using EngineHarness venue = Open();
        ulong first = Request(venue, 1, 400).Only<WithdrawalChangedBlock>().WithdrawalId;
        ulong second = Request(venue, 1, 500).Only<WithdrawalChangedBlock>().WithdrawalId;
        Decide(venue, second, WithdrawalStatus.Approved);
        Decide(venue, second, WithdrawalStatus.Rejected).Tells("withdrawal of 500 Rejected, 1 has 999600, pending 400");
        Decide(venue, first, WithdrawalStatus.Rejected).Tells("withdrawal of 400 Rejected, 1 has 1000000, pending 0");
    }

    [Test]
    public void What_is_pending_can_neither_be_traded_nor_withdrawn_again()
    {
        using EngineHarness venue = Open();
        Request(venue, 1, Million - 10);
        Request(venue, 1, 11).Tells("refused RequestWithdrawal InsufficientFunds");
        venue.Buy(1, 1, 11, "b").Tells("rejected b InsufficientFunds");
        venue.Adjust(1, Usd, -11).Tells("refused AdjustBalance InsufficientFunds");
        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10 resting");
    }

    [Test]
    public void Only_so_many_withdrawals_wait_and_only_the_accounts_firm_decides()
    {
        using EngineHarness venue = Open();
        for (uint i = 0; i < venue.Limits.MaxWithdrawals; i++)
        {
            Request(venue, 1, 1);
        }

        Request(venue, 2, 1).Tells("refused RequestWithdrawal CapacityExceeded");
        Request(venue, 2, 0).Tells("refused RequestWithdrawal InvalidAmount");
        venue.Firm = 2;
        Decide(venue, (1UL << 32) | 1, WithdrawalStatus.Approved).Tells("refused DecideWithdrawal AccountNotOfFirm");
        venue.Firm = 1;
        Decide(venue, (1UL << 32) | 1, WithdrawalStatus.Rejected);
        Assert.That(
            Request(venue, 2, 1).Only<WithdrawalChangedBlock>().WithdrawalId, Is.EqualTo((5UL << 32) | 1), "the place is free again");
    }

    [Test]
    public void Interest_is_paid_for_the_days_between_two_trading_dates()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 100 });
        venue.Send(new SetInterestRateBlock { CurrencyId = Usd, Rate = 36_500_000, DayCount = 365 });
        Roll(venue, Monday).Tells("rolled 0 to 20000", "roll to 20000 done");
        venue.Adjust(2, Usd, 5000 - Million);
        venue.Adjust(3, Usd, 9999 - Million);
        venue.Buy(1, 1000, 500, "held");
        Roll(venue, Monday + 1).Tells(
            "rolled 20000 to 20001",
            "Interest 100 of 1: Interest to -100, 1 to 500100",
            "roll to 20001 done");
        Roll(venue, Monday + 4).Tells(
            "rolled 20001 to 20004",
            "Interest 300 of 1: Interest to -400, 1 to 500400",
            "Rounding 1 of 1: Interest to -401, Rounding to 1",
            "Interest 1 of 1: Interest to -402, 2 to 5001",
            "Rounding 1 of 1: Interest to -403, Rounding to 2",
            "Interest 2 of 1: Interest to -405, 3 to 10001",
            "Rounding 1 of 1: Interest to -406, Rounding to 3",
            "roll to 20004 done");
        Roll(venue, Monday + 4).Tells("refused RollTradingDate DateNotRising");
        venue.Pair.CompareStates();
    }

    [Test]
    public void Interest_below_zero_takes_no_more_than_is_available()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 100 });
        venue.Send(new SetInterestRateBlock { CurrencyId = Usd, Rate = -360_000_000, DayCount = 360 });
        Roll(venue, Monday);
        venue.Adjust(2, Usd, -Million);
        venue.Adjust(3, Usd, -Million);
        venue.Buy(1, 1000, 999, "held");
        venue.Buy(1, 1, 500, "held2");
        Roll(venue, Monday + 1).Tells(
            "rolled 20000 to 20001", "Interest 500 of 1: 1 to 0, Interest to 500", "roll to 20001 done");
    }

    [Test]
    public void A_long_roll_goes_on_in_ticks_and_another_one_waits_for_its_end()
    {
        using EngineHarness venue = Open();
        venue.Send(new SetInterestRateBlock { CurrencyId = Usd, Rate = 365_000_000, DayCount = 365 });
        Roll(venue, Monday);
        venue.TickUntilIdle();
        Roll(venue, Monday + 1).Tells(
            "rolled 20000 to 20001",
            "Interest 1000 of 1: Interest to -1000, 1 to 1001000",
            "Interest 1000 of 1: Interest to -2000, 2 to 1001000",
            "Interest 1000 of 1: Interest to -3000, 3 to 1001000");
        Roll(venue, Monday + 2).Tells("refused RollTradingDate RollInProgress");
        venue.Send(new SetInterestRateBlock { CurrencyId = Usd, DayCount = 365 })
            .Tells("refused SetInterestRate RollInProgress");
        venue.Tick().Tells();
        venue.Tick().Tells("roll to 20001 done");
        venue.Tick().Tells();
    }

    [Test]
    public void Prices_and_rates_out_of_bounds_are_refused()
    {
        using EngineHarness venue = Open();
        venue.Send(new SetReferenceCurrencyBlock { CurrencyId = 7 }).Tells("refused SetReferenceCurrency UnknownCurrency");
        venue.Send(new SetReferenceCurrencyBlock { CurrencyId = Usd }).Tells("ReferenceCurrencySet");
        venue.Send(new SetReferenceCurrencyBlock { CurrencyId = Usd }).Tells("refused SetReferenceCurrency AlreadyDefined");
        venue.Send(new SetReferencePriceBlock { CurrencyId = Gold, Price = -1 }).Tells("refused SetReferencePrice InvalidRate");
        venue.Send(new SetReferencePriceBlock { CurrencyId = Gold, Haircut = 1_000_001 })
            .Tells("refused SetReferencePrice InvalidRate");
        venue.Send(new SetReferencePriceBlock { CurrencyId = Gold, Price = 5, Haircut = 1_000_000 }).Tells("ReferencePriceSet");
        venue.Send(new SetInterestRateBlock { CurrencyId = Gold, DayCount = 364 }).Tells("refused SetInterestRate InvalidRate");
        venue.Send(new SetInterestRateBlock { CurrencyId = Gold, DayCount = 360, Rate = int.MinValue })
            .Tells("refused SetInterestRate InvalidRate");
        venue.Pair.CompareStates();
    }

    private static (long Available, long Held, long Pending) Of(EngineHarness venue, uint account)
    {
        Core.Ledger.Balance balance = venue.Pair.Engine.ReadBalance(account, Usd);
        return (balance.Available, balance.Held, balance.Pending);
    }

    private static Answer Roll(EngineHarness venue, uint date) =>
        venue.Send(new RollTradingDateBlock { TradingDate = date });

    private static Answer Request(EngineHarness venue, uint account, long amount) => venue.Send(
        new RequestWithdrawalBlock { CurrencyId = Usd, Amount = amount, Reference = Id("w") }, account);

    private static Answer Decide(EngineHarness venue, ulong id, WithdrawalStatus status) =>
        venue.Send(new DecideWithdrawalBlock { WithdrawalId = id, Status = status });
}
