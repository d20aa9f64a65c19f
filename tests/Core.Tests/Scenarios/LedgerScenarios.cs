using System.Numerics;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Ledger": the account tree, environments, entries.</summary>
internal sealed class LedgerScenarios
{
    private const uint DemoFirm = 3;
    private const uint DemoAccount = 4;

    [Test]
    public void A_deposit_comes_from_outside_and_a_withdrawal_goes_back_there()
    {
        using EngineHarness venue = EngineHarness.Open();
        Assert.That(Outside(venue), Is.EqualTo(new BigInteger(-3 * Million)));
        BalanceAdjustedBlock withdrawn = venue.Adjust(1, Usd, -10).Only<BalanceAdjustedBlock>();
        Assert.That(Outside(venue), Is.EqualTo(new BigInteger((-3 * Million) + 10)));
        Assert.That(venue.Adjust(1, Usd, 1).Only<BalanceAdjustedBlock>().EntryId, Is.EqualTo(withdrawn.EntryId + 1));
        venue.Pair.CompareStates();
    }

    [Test]
    public void A_transfer_moves_between_accounts_of_the_firm_that_asks()
    {
        using EngineHarness venue = EngineHarness.Open();
        Transfer(venue, 1, 2, Usd, 5).Tells("Transfer 5 of 1: 1 to 999995, 2 to 1000005");
        Transfer(venue, 1, 3, Usd, 5).Tells("Transfer 5 of 1: 1 to 999990, 3 to 1000005");
        venue.Firm = 1;
        Transfer(venue, 1, 2, Gold, 5).Tells("Transfer 5 of 2: 1 to 999995, 2 to 1000005");
        Transfer(venue, 1, 3, Usd, 5).Tells("refused Transfer AccountNotOfFirm");
        Transfer(venue, 3, 1, Usd, 5).Tells("refused Transfer AccountNotOfFirm");
    }

    [Test]
    public void A_transfer_that_cannot_be_moves_nothing()
    {
        using EngineHarness venue = EngineHarness.Open();
        venue.Buy(1, 9, 100, "held");
        Transfer(venue, 1, 2, Usd, Million).Tells("refused Transfer InsufficientFunds");
        Transfer(venue, 1, 1, Usd, 5).Tells("refused Transfer SameAccount");
        Transfer(venue, 1, 2, Usd, 0).Tells("refused Transfer InvalidAmount");
        Transfer(venue, 1, 2, Usd, long.MinValue).Tells("refused Transfer InvalidAmount");
        Transfer(venue, 1, 2, 7, 5).Tells("refused Transfer UnknownCurrency");
        Transfer(venue, 1, 6, Usd, 5).Tells("refused Transfer UnknownAccount");
        Transfer(venue, 6, 1, Usd, 5).Tells("refused Transfer UnknownAccount");
        Transfer(venue, 1, ReferenceEngine.VenueAccount(Environment.Live, AccountKind.Fee), Usd, 5)
            .Tells("refused Transfer UnknownAccount");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999100/900"));
    }

    [Test]
    public void The_operator_posts_between_any_two_accounts_of_an_environment()
    {
        using EngineHarness venue = EngineHarness.Open();
        uint suspense = ReferenceEngine.VenueAccount(Environment.Live, AccountKind.Suspense);
        uint fund = ReferenceEngine.VenueAccount(Environment.Live, AccountKind.InsuranceFund);
        Post(venue, suspense, 1, 7).Tells("Adjustment 7 of 1: Suspense to -7, 1 to 1000007");
        Post(venue, 2, fund, 9).Tells("Adjustment 9 of 1: 2 to 999991, InsuranceFund to 9");
        Post(venue, fund, suspense, 7).Tells("Adjustment 7 of 1: InsuranceFund to 2, Suspense to 0");
        Post(venue, 0xFFFF_00FF, 1, 7).Tells("refused PostEntry UnknownAccount");
        Post(venue, 1, 2, -1).Tells("refused PostEntry InvalidAmount");
        Post(venue, 1, 1, 1).Tells("refused PostEntry SameAccount");
        Post(venue, 1, 2, Million * 2).Tells("refused PostEntry InsufficientFunds");
        Post(venue, 1, 2, 1, (PostingReason)99).Tells("refused PostEntry MalformedCommand");
        Post(venue, ReferenceEngine.VenueAccount(Environment.Demo, AccountKind.Fee), 2, 1)
            .Tells("refused PostEntry EnvironmentMismatch");
        venue.Firm = 1;
        Post(venue, 1, 2, 1).Tells("refused PostEntry AccountNotOfFirm");
        venue.Pair.CompareStates();
    }

    [Test]
    public void No_chain_of_entries_takes_a_balance_beyond_63_bits()
    {
        using EngineHarness venue = EngineHarness.Open();
        uint suspense = ReferenceEngine.VenueAccount(Environment.Live, AccountKind.Suspense);
        uint fee = ReferenceEngine.VenueAccount(Environment.Live, AccountKind.Fee);
        long room = long.MaxValue - (3 * Million);
        Post(venue, suspense, fee, room + 1).Tells("refused PostEntry BalanceOverflow");
        Post(venue, suspense, fee, room).Tells($"Adjustment {room} of 1: Suspense to {-room}, Fee to {room}");
        Post(venue, suspense, fee, 1).Tells("refused PostEntry BalanceOverflow");
        venue.Adjust(1, Usd, 1).Tells("refused AdjustBalance BalanceOverflow");
        Post(venue, fee, 1, room).Tells($"Adjustment {room} of 1: Fee to 0, 1 to {room + Million}");
        venue.Adjust(2, Usd, 1).Tells("refused AdjustBalance BalanceOverflow");
        venue.Pair.CompareStates();
    }

    [Test]
    public void Live_and_demo_meet_neither_in_a_book_nor_in_an_entry()
    {
        using EngineHarness venue = OpenWithDemo();
        venue.Enter(DemoAccount, Limit(Side.Buy, 1, 10, "d")).Tells("rejected d EnvironmentMismatch");
        venue.Enter(1, Limit(Side.Buy, 1, 10, "l") with { InstrumentId = 3 }).Tells("rejected l EnvironmentMismatch");
        venue.Enter(DemoAccount, Limit(Side.Buy, 1, 10, "e") with { InstrumentId = 3 })
            .Tells("accepted e buy 1@10 resting");
        Transfer(venue, 1, DemoAccount, Usd, 5).Tells("refused Transfer EnvironmentMismatch");
        Transfer(venue, DemoAccount, 1, Usd, 5).Tells("refused Transfer EnvironmentMismatch");
        venue.Pair.CompareStates();
    }

    [Test]
    public void An_account_has_the_environment_of_its_firm_and_the_venue_has_accounts_in_both()
    {
        using EngineHarness venue = OpenWithDemo();
        OpenFor(venue, 5, DemoFirm, Environment.Live).Tells("refused OpenAccount EnvironmentMismatch");
        OpenFor(venue, 5, 1, Environment.Demo).Tells("refused OpenAccount EnvironmentMismatch");
        OpenFor(venue, 5, 0, Environment.Demo).Tells("AccountOpened");
        OpenFor(venue, 6, 0, Environment.Live).Tells("AccountOpened");
        OpenFor(venue, 7, 6, Environment.Live).Tells("refused OpenAccount UnknownFirm");
        OpenFor(venue, 7, 0, (Environment)2).Tells("refused OpenAccount InvalidDefinition");
        Transfer(venue, DemoAccount, 5, Usd, 1).Tells("Transfer 1 of 1: 4 to 999, 5 to 1");
    }

    [Test]
    public void A_firm_is_defined_once_and_cannot_turn_its_accounts_into_another_environment()
    {
        using EngineHarness venue = EngineHarness.Open();
        Define(venue, 1, Environment.Demo).Tells("refused DefineFirm EnvironmentMismatch");
        Define(venue, 1, Environment.Live).Tells("FirmDefined");
        Define(venue, 1, Environment.Live).Tells("refused DefineFirm AlreadyDefined");
        Define(venue, 0, Environment.Live).Tells("refused DefineFirm InvalidDefinition");
        Define(venue, 6, Environment.Live).Tells("refused DefineFirm CapacityExceeded");
        Define(venue, 5, (Environment)2).Tells("refused DefineFirm InvalidDefinition");
        Define(venue, 5, Environment.Demo).Tells("FirmDefined");
    }

    [Test]
    public void An_account_changes_its_group()
    {
        using EngineHarness venue = EngineHarness.Open();
        AccountGroupChangedBlock changed =
            venue.Send(new SetAccountGroupBlock { GroupId = 3 }, 1).Only<AccountGroupChangedBlock>();
        Assert.That((changed.PreviousGroupId, changed.GroupId), Is.EqualTo(((ushort)0, (ushort)3)));
        venue.Send(new SetAccountGroupBlock { GroupId = 4 }, 1).Tells("refused SetAccountGroup UnknownAccountGroup");
        venue.Send(default(SetAccountGroupBlock), 7).Tells("refused SetAccountGroup UnknownAccount");
        venue.Pair.CompareStates();
    }

    private static BigInteger Outside(EngineHarness venue) => venue.Pair.Reference
        .VenueBalances[(ReferenceEngine.VenueAccount(Environment.Live, AccountKind.External), Usd)];

    private static EngineHarness OpenWithDemo()
    {
        EngineHarness venue = EngineHarness.Open();
        Define(venue, DemoFirm, Environment.Demo).Tells("FirmDefined");
        venue.Send(SoundInstrument(3, Gold) with { Environment = Environment.Demo }).Tells("InstrumentDefined");
        OpenFor(venue, DemoAccount, DemoFirm, Environment.Demo).Tells("AccountOpened");
        venue.Adjust(DemoAccount, Usd, 1000).Tells("adjusted by 1000 to 1000/0");
        return venue;
    }

    private static Answer Define(EngineHarness venue, uint firm, Environment environment) =>
        venue.Send(new DefineFirmBlock { DefinedFirmId = firm, Environment = environment });

    private static Answer OpenFor(EngineHarness venue, uint account, uint firm, Environment environment) => venue.Send(
        new OpenAccountBlock { Envelope = new CommandEnvelope { FirmId = firm }, Environment = environment }, account);

    private static Answer Transfer(EngineHarness venue, uint from, uint to, uint currency, long amount) => venue.Send(
        new TransferBlock { ToAccountId = to, CurrencyId = currency, Amount = amount, Reference = Id("t") }, from);

    private static Answer Post(
        EngineHarness venue, uint debit, uint credit, long amount, PostingReason reason = PostingReason.Adjustment) =>
        venue.Send(new PostEntryBlock
        {
            DebitAccountId = debit,
            CreditAccountId = credit,
            CurrencyId = Usd,
            Amount = amount,
            Reason = reason,
            Reference = Id("p"),
        });
}
