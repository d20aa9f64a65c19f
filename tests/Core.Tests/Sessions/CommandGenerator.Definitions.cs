using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Sessions, definitions and money.</summary>
internal sealed partial class CommandGenerator
{
    private byte[] OpenSession() => Finish(new OpenSessionBlock
    {
        DisconnectPolicy = random.OneIn(20) ? (DisconnectPolicy)5 : (DisconnectPolicy)random.Below(2),
    });

    private byte[] TradingStatusChange() => Finish(new SetTradingStatusBlock
    {
        InstrumentId = AnyInstrument(),
        Status = random.OneIn(30)
            ? (TradingStatus)7
            : random.Percent(80) ? TradingStatus.Open : TradingStatus.Halted,
    });

    private byte[] Adjust() => Finish(new AdjustBalanceBlock
    {
        CurrencyId = AnyCurrency(),
        Amount = random.Below(12) switch
        {
            0 => Extreme(),
            1 => long.MaxValue - random.Below(1000),
            2 or 3 => -random.Between(0, 5000),
            _ => random.Between(0, 5000),
        },
        Reference = AnyClientId(),
    });

    private byte[] Definition() => random.Below(6) switch
    {
        0 => Finish(new DefineCurrencyBlock { CurrencyId = AnyCurrency(), Scale = (byte)random.Below(12) }),
        1 => Finish(Instrument((uint)random.Below(6))),
        2 => AccountOpening(),
        3 => Finish(new ActivateRuleBlock { RuleLevel = (uint)random.Below(2) }),
        4 => Finish(EngineHarness.GenesisOf(shape.Limits)),
        _ => Finish(new OpenAccountBlock()),
    };

    private DefineInstrumentBlock Instrument(uint id)
    {
        bool isNegative = id == 2;
        DefineInstrumentBlock block = new()
        {
            InstrumentId = id,
            BaseCurrencyId = id == 2 ? 3u : 2u,
            QuoteCurrencyId = 1,
            TickMantissa = random.Between(1, 3),
            LotMantissa = random.Between(1, 3),
            MultiplierMantissa = random.Between(1, 3),
            NegativePrices = isNegative ? (byte)1 : (byte)0,
            MinPrice = isNegative ? -120 : 1,
            MaxPrice = isNegative ? 120 : 1000,
            MaxQuantity = 1000,
        };
        if (shape.IsExtreme)
        {
            block.MinPrice = isNegative ? -long.MaxValue : 1;
            block.MaxPrice = long.MaxValue;
            block.MaxQuantity = random.Pick<long>([1000, 1L << 40, 1L << 59]);
        }

        if (HasPositions)
        {
            KeepPositions(ref block);
        }

        if (random.OneIn(state.Instruments.Count == 0 ? 40 : 4))
        {
            SpoilInstrument(ref block);
        }

        return block;
    }

    private void SpoilInstrument(ref DefineInstrumentBlock block)
    {
        switch (random.Below(9))
        {
            case 0: block.BaseCurrencyId = AnyCurrency(); break;
            case 1: block.QuoteCurrencyId = AnyCurrency(); break;
            case 2: block.TickScale = (byte)random.Between(0, 14); break;
            case 3: block.LotScale = (byte)random.Between(0, 255); break;
            case 4: block.MultiplierMantissa = Extreme(); break;
            case 5: block.LotMantissa = Extreme(); break;
            case 6: block.MinPrice = Extreme(); break;
            case 7: block.MaxQuantity = Extreme(); break;
            default: block.NegativePrices = (byte)random.Below(3); break;
        }
    }
}
