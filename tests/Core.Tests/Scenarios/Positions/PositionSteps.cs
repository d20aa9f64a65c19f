using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>Words for scenarios about positions. Instrument 3 is GOLD/USD once more, with positions kept.</summary>
internal static class PositionSteps
{
    public const uint Kept = 3;

    public static EngineHarness Open(EngineLimits? limits = null)
    {
        EngineHarness venue = EngineHarness.Open(limits ?? EngineHarness.SmallLimits with { MaxBalances = 40 });
        venue.Send(EngineHarness.SoundInstrument(Kept, EngineHarness.Gold) with { Flags = 1 }).Tells("InstrumentDefined");
        return venue;
    }

    public static NewOrderBlock Order(Side side, long lots, long price, string id) =>
        EngineHarness.Limit(side, lots, price, id) with { InstrumentId = Kept };

    /// <summary>A trade at a price: the account with a resting order, the other as the taker.</summary>
    public static void Trade(this EngineHarness venue, uint maker, Side side, long lots, long price, uint taker, string id)
    {
        Side other = side == Side.Buy ? Side.Sell : Side.Buy;
        venue.Enter(maker, Order(side, lots, price, $"m{id}"));
        Answer answer = venue.Enter(taker, Order(other, lots, price, $"t{id}"));
        Assert.That(answer.Only<TradeBlock>().Quantity, Is.EqualTo(lots));
    }

    /// <summary>"net cost realised-average/realised-fifo open-buys/open-sells", after both engines were compared.</summary>
    public static string Position(this EngineHarness venue, uint account, uint instrument = Kept, bool shortLeg = false)
    {
        venue.Pair.CompareStates();
        ReferenceEngine reference = venue.Pair.Reference;
        ReferencePosition position = reference.Positions.Single(p =>
            p.Account.Id == account && p.Instrument.Id == instrument && p.IsShortLeg == shortLeg);
        return $"{position.NetLots} {position.Cost} {position.RealisedAverage}/{position.RealisedFifo}"
            + $" {reference.OpenLots(position, Side.Buy)}/{reference.OpenLots(position, Side.Sell)}";
    }

    /// <summary>"lots@price" of a position, oldest first.</summary>
    public static string[] LotsOf(this EngineHarness venue, uint account, uint instrument = Kept) => venue.Pair.Reference.Positions
        .Single(p => p.Account.Id == account && p.Instrument.Id == instrument && !p.IsShortLeg)
        .Lots.Select(lot => $"{lot.Lots}@{lot.Price}").ToArray();
}
