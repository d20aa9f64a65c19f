using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>Words for scenarios on margin. Instrument 3 is a contract for difference on gold in dollars, instrument 4 a future.</summary>
internal static class MarginSteps
{
    public const uint Cfd = 3;
    public const uint Future = 4;
    public const long Par = 1_000_000_000_000;

    /// <summary>Dollars are the reference currency; 10 % initial and 5 % maintenance margin; marks at 100.</summary>
    public static EngineHarness Open(EngineLimits? limits = null)
    {
        EngineHarness venue = EngineHarness.Open(limits ?? EngineHarness.SmallLimits with { MaxBalances = 40 });
        foreach ((uint id, InstrumentKind kind) in ((uint, InstrumentKind)[])[(Cfd, InstrumentKind.Cfd), (Future, InstrumentKind.Future)])
        {
            venue.Send(EngineHarness.SoundInstrument(id, EngineHarness.Gold) with { Kind = kind });
            venue.Send(new SetMarginTiersBlock { InstrumentId = id, Tiers = 1, Initial1 = 100_000, Maintenance1 = 50_000 });
            venue.Mark(100, id).Tells("MarkPriceChanged");
        }

        venue.Send(new SetCollateralPriceBlock { CurrencyId = EngineHarness.Usd, Price = Par });
        return venue;
    }

    /// <summary>An account with so many dollars and nothing else.</summary>
    public static void Client(this EngineHarness venue, uint account, long dollars)
    {
        venue.OpenAccount(account, firm: 1);
        if (dollars > 0)
        {
            venue.Adjust(account, EngineHarness.Usd, dollars);
        }
    }

    public static Answer Mark(this EngineHarness venue, long price, uint instrument = Cfd) =>
        venue.Send(new SetMarkPriceBlock { InstrumentId = instrument, Price = price });

    public static NewOrderBlock Order(Side side, long lots, long price, string id, uint instrument = Cfd) =>
        EngineHarness.Limit(side, lots, price, id) with { InstrumentId = instrument };

    /// <summary>The account trades with account 1, which has a million.</summary>
    public static Answer Deal(this EngineHarness venue, uint account, Side side, long lots, long price, string id, uint instrument = Cfd)
    {
        Side other = side == Side.Buy ? Side.Sell : Side.Buy;
        venue.Enter(1, Order(other, lots, price, $"m{id}", instrument));
        return venue.Enter(account, Order(side, lots, price, id, instrument));
    }

    /// <summary>"initial/maintenance/unrealised unsettled" of a position as last valued.</summary>
    public static string Margin(this EngineHarness venue, uint account, uint instrument = Cfd)
    {
        venue.Pair.CompareStates();
        ReferencePosition position = venue.Pair.Reference.Positions
            .Single(p => p.Account.Id == account && p.Instrument.Id == instrument);
        return $"{position.Initial}/{position.Maintenance}/{position.Unrealised} {position.Unsettled}";
    }

    public static string Venue(this EngineHarness venue, AccountKind kind, uint currency = EngineHarness.Usd)
    {
        uint id = ReferenceEngine.VenueAccount(Environment.Live, kind);
        return venue.Pair.Reference.VenueBalances.TryGetValue((id, currency), out var balance) ? balance.ToString() : "0";
    }

    /// <summary>Instrument 5 unless another is named.</summary>
    public static Answer Settle(this EngineHarness venue, SettlementKind kind, long price, uint instrument = 5) =>
        venue.Send(new SettleInstrumentBlock { InstrumentId = instrument, Kind = kind, Price = price });
}
