using System;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>Average price without a price: the cost of a whole position, and the part of it that a close takes.</summary>
internal static class AverageCost
{
    /// <summary>
    /// The part of a position's cost that belongs to the <paramref name="closed"/> of its <paramref name="lots"/>. The
    /// one division of it, rounded towards zero; what it leaves over stays in the cost of the lots that stay, so that
    /// over the whole life of a position nothing is lost.
    /// </summary>
    public static long PartOf(long cost, long lots, long closed) =>
        closed == lots ? cost : (long)((Int128)cost * closed / lots);
}
