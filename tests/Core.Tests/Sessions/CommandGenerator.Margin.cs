using System;

using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Prices and rates that margin is computed from.</summary>
internal sealed partial class CommandGenerator
{
    private const long Trillion = 1_000_000_000_000;

    private void PlanMargin()
    {
        Plan(new SetCollateralPriceBlock { CurrencyId = 1, Price = random.OneIn(2) ? Trillion : AnyCollateralPrice() });
        if (random.Percent(60))
        {
            Plan(new SetCollateralPriceBlock { CurrencyId = 2, Price = AnyCollateralPrice(), Haircut = 300_000 });
        }

        foreach (uint instrument in (uint[])[1, 2])
        {
            Plan(AnyTiers(instrument));
            Plan(new SetMarkPriceBlock { InstrumentId = instrument, Price = MarkNear(instrument, 0) });
        }
    }

    private byte[] MarginCommand() => random.Below(12) switch
    {
        10 or 11 => Finish(AnySettlement()),
        < 6 => Finish(AnyMark()),
        6 => Finish(new SetCollateralPriceBlock
        {
            CurrencyId = AnyCurrency(),
            Price = random.OneIn(15) ? Extreme() : AnyCollateralPrice(),
            Haircut = (uint)random.Below(random.OneIn(20) ? 2_000_000 : 1_000_001),
        }),
        7 => Finish(AnyTiers(AnyInstrument())),
        _ => AnyLevels(),
    };

    private SetMarkPriceBlock AnyMark()
    {
        uint instrument = AnyInstrument();
        int far = random.OneIn(3) ? 60 : 8;
        return new SetMarkPriceBlock
        {
            InstrumentId = instrument,
            Source = random.OneIn(40) ? (MarkSource)9 : (MarkSource)Math.Max(0, random.Between(-4, 2)),
            Price = random.OneIn(30) ? Extreme() : MarkNear(instrument, far),
        };
    }

    private long MarkNear(uint instrument, long far)
    {
        long price = random.Between(shape.LowPrice - far, shape.HighPrice + far);
        return instrument == 2 ? price - 100 : Math.Max(1, price);
    }

    private long AnyCollateralPrice() =>
        random.Pick<long>([Trillion, Trillion / 3, Trillion * 7 / 2, 1, 123_456_789_012, Trillion * 100]);

    private SetMarginTiersBlock AnyTiers(uint instrument)
    {
        uint rate = random.Pick<uint>([10_000, 20_000, 50_000, 333_333, 1_000_000]);
        SetMarginTiersBlock tiers = new()
        {
            InstrumentId = instrument,
            Tiers = (uint)random.Between(1, 2),
            Initial1 = rate,
            Maintenance1 = (uint)random.Between(1, rate),
        };
        if (tiers.Tiers == 2)
        {
            tiers.Limit1 = random.Between(1, 5000);
            tiers.Initial2 = 1_000_000;
            tiers.Maintenance2 = 500_000;
        }

        switch (random.Below(60))
        {
            case 0: tiers.Tiers = (uint)random.Below(6); break;
            case 1: tiers.Initial1 = 1_000_001; break;
            case 2: tiers.Maintenance1 = tiers.Initial1 + 1; break;
            case 3: tiers.Limit1 = -1; break;
            case 4: tiers.Initial4 = 5; break;
        }

        return tiers;
    }

    private byte[] AnyLevels()
    {
        byte[] message = Finish(new SetMarginLevelsBlock
        {
            Call = (uint)random.Between(900_000, 2_000_000),
            StopOut = (uint)random.Between(300_000, 1_000_000),
            Protected = (byte)random.Below(random.OneIn(20) ? 3 : 2),
        });
        if (random.OneIn(3))
        {
            Array.Clear(message, MessageHeader.Size + 52, sizeof(uint));
        }

        return message;
    }

    private SettleInstrumentBlock AnySettlement()
    {
        uint instrument = AnyInstrument();
        bool isFuture = state.Instruments.TryGetValue(instrument, out ReferenceInstrument? defined)
            && defined.Definition.Kind == InstrumentKind.Future;
        SettleInstrumentBlock settlement = new()
        {
            InstrumentId = instrument,
            Kind = isFuture ? random.OneIn(6) ? SettlementKind.Expiry : SettlementKind.Variation : SettlementKind.Financing,
        };
        if (isFuture || random.OneIn(10))
        {
            settlement.Price = random.OneIn(30) ? Extreme() : MarkNear(instrument, 8);
        }

        if (!isFuture || random.OneIn(20))
        {
            settlement.LongRate = (int)random.Between(-400_000_000, 400_000_000);
            settlement.ShortRate = random.OneIn(15) ? int.MinValue : (int)random.Between(-400_000_000, 400_000_000);
        }

        if (random.OneIn(20))
        {
            settlement.Kind = (SettlementKind)random.Below(5);
        }

        return settlement;
    }
}
