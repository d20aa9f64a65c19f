using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Firms, groups and whatever else moves money without an order.</summary>
internal sealed partial class CommandGenerator
{
    private bool _hasFees;

    private void PlanDemo()
    {
        _hasDemo = random.OneIn(4);
        if (!_hasDemo)
        {
            return;
        }

        Plan(new DefineFirmBlock { DefinedFirmId = 2, Environment = Environment.Demo });
        Plan(Instrument(3) with { Environment = Environment.Demo });
        Plan(new OpenAccountBlock
        {
            Envelope = new CommandEnvelope { AccountId = 4, FirmId = 2 },
            Environment = Environment.Demo,
        });
        Plan(new AdjustBalanceBlock
        {
            Envelope = new CommandEnvelope { AccountId = 4 },
            CurrencyId = 1,
            Amount = Deposit(),
        });
    }

    /// <summary>Mostly an account of the instrument's environment; 0 = whoever.</summary>
    private uint TraderOf(uint instrument)
    {
        if (!_hasDemo || random.OneIn(15))
        {
            return 0;
        }

        return instrument == 3 ? 4u : (uint)random.Between(1, 3);
    }

    /// <summary>Some sessions have fees on everything from the start.</summary>
    private void PlanFees()
    {
        _hasFees = random.OneIn(3);
        if (!_hasFees)
        {
            return;
        }

        Plan(new SetReferenceCurrencyBlock { CurrencyId = random.OneIn(4) ? 2u : 1u });
        Plan(new SetInterestRateBlock { CurrencyId = 1, Rate = (int)random.Between(-400_000_000, 400_000_000), DayCount = 365 });
        Plan(new RollTradingDateBlock { TradingDate = 10 });
        Plan(new DefineFeeScheduleBlock { ScheduleId = 1, BeneficiaryId = random.OneIn(3) ? 3u : 0u });
        Plan(AnyTier(0));
        Plan(AnyTier(1));
        Plan(new AssignFeeScheduleBlock { ScheduleId = 1, AnyGroup = 1, InstrumentId = random.OneIn(3) ? 1u : 0u });
    }

    private SetFeeTierBlock AnyTier(byte tier) => new()
    {
        ScheduleId = (ushort)(random.OneIn(12) ? random.Below(4) : random.OneIn(3) ? 2 : 1),
        Tier = tier,
        FromVolume = tier == 0 ? 0 : random.Between(1, 4000),
        PerLot = random.OneIn(3) ? AnyFee() : 0,
        Flat = random.OneIn(3) ? AnyFee() : 0,
        Minimum = random.OneIn(3) ? AnyFee() : 0,
        TakerRate = AnyRate(),
        MakerRate = AnyRate(),
    };

    private long AnyFee() => random.OneIn(25) ? Extreme() : random.Between(0, 9);

    private int AnyRate() => random.OneIn(25)
        ? (int)random.Between(int.MinValue, int.MaxValue)
        : (int)random.Between(random.OneIn(2) ? 0 : -40_000_000, random.OneIn(6) ? 1_000_000_000 : 60_000_000);

    private byte[] FeeCommand() => random.Below(6) switch
    {
        0 => Finish(new DefineFeeScheduleBlock
        {
            ScheduleId = (ushort)random.Below(5),
            BeneficiaryId = random.OneIn(2) ? 0 : AnyAccount(),
        }),
        < 4 => Finish(AnyTier((byte)random.Below(random.OneIn(8) ? 10 : 3))),
        _ => Finish(new AssignFeeScheduleBlock
        {
            InstrumentId = random.OneIn(3) ? 0 : AnyInstrument(),
            GroupId = AnyGroup(),
            AnyGroup = (byte)(random.OneIn(12) ? 2 : random.Below(2)),
            ScheduleId = (ushort)random.Below(random.OneIn(6) ? 5 : 3),
        }),
    };

    private byte[] LedgerCommand() => _hasFees && random.OneIn(3) ? FeeCommand() : random.OneIn(2) ? EntryCommand() : random.Below(13) switch
    {
        < 2 => Finish(new RequestWithdrawalBlock
        {
            CurrencyId = AnyCurrency(),
            Amount = AnyAmount(),
            Reference = AnyClientId(),
        }),
        < 5 => Finish(new DecideWithdrawalBlock
        {
            WithdrawalId = AnyWithdrawal(),
            Status = (WithdrawalStatus)random.Below(random.OneIn(10) ? 6 : 4),
        }),
        5 => Finish(new SetReferencePriceBlock
        {
            CurrencyId = AnyCurrency(),
            Price = random.OneIn(8) ? Extreme() : random.Between(0, 1L << 42),
            Haircut = (uint)random.Below(random.OneIn(10) ? 2_000_000 : 1_000_000),
        }),
        6 => Finish(new SetInterestRateBlock
        {
            CurrencyId = AnyCurrency(),
            Rate = (int)random.Between(-1_100_000_000, 1_100_000_000),
            DayCount = (ushort)(random.OneIn(10) ? random.Below(400) : random.OneIn(2) ? 360 : 365),
        }),
        7 => Finish(new SetReferenceCurrencyBlock { CurrencyId = AnyCurrency() }),
        _ => Finish(new RollTradingDateBlock
        {
            TradingDate = random.OneIn(40) ? (uint)random.Next64() : state.TradingDate + (uint)random.Below(4),
        }),
    };

    private ulong AnyWithdrawal()
    {
        List<ulong> open = state.OpenWithdrawals.ToList();
        return open.Count == 0 || random.OneIn(10) ? (ulong)random.Below(4) << 32 | 1 : random.Pick(open);
    }

    private byte[] EntryCommand() => random.Below(10) switch
    {
        0 => Finish(new DefineFirmBlock
        {
            DefinedFirmId = (uint)random.Below(8),
            Environment = AnyEnvironment(),
        }),
        1 => Finish(new SetAccountGroupBlock { GroupId = AnyGroup() }),
        < 5 => Finish(new TransferBlock
        {
            ToAccountId = AnyAccount(),
            CurrencyId = AnyCurrency(),
            Amount = AnyAmount(),
            Reference = AnyClientId(),
        }),
        _ => Finish(new PostEntryBlock
        {
            DebitAccountId = AnyLedgerAccount(),
            CreditAccountId = AnyLedgerAccount(),
            CurrencyId = AnyCurrency(),
            Amount = AnyAmount(),
            Reason = (PostingReason)(random.OneIn(15) ? random.Below(256) : random.Below(9)),
            RelatedId = (ulong)random.Below(3),
            Reference = AnyClientId(),
        }),
    };

    /// <summary>An account or, as often, one of the venue's own; sometimes a reserved id that names none.</summary>
    private uint AnyLedgerAccount()
    {
        if (random.OneIn(2))
        {
            return AnyAccount();
        }

        uint environment = _hasDemo && random.OneIn(3) ? 1u : 0u;
        return random.OneIn(20)
            ? 0xFFFF_0000 | (uint)random.Below(1024)
            : 0xFFFF_0000 | (environment << 8) | (uint)random.Between(2, 8);
    }

    private long AnyAmount() => random.OneIn(shape.IsExtreme ? 4 : 20) ? Extreme() : random.Between(1, 3000);

    private byte[] AccountOpening() => Finish(AnyAccountModes(new OpenAccountBlock
    {
        Envelope = new CommandEnvelope { AccountId = (uint)random.Between(1, 9) },
        Kind = random.OneIn(8) ? (AccountKind)random.Below(4) : (AccountKind)random.Below(2),
        Environment = random.OneIn(3) ? AnyEnvironment() : Environment.Live,
        GroupId = AnyGroup(),
    }));

    private Environment AnyEnvironment() =>
        random.OneIn(10) ? (Environment)random.Below(4) : (Environment)random.Below(2);

    private ushort AnyGroup() => (ushort)(random.OneIn(8) ? random.Below(6) : random.Below(2));
}
