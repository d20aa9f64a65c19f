using System.Globalization;

namespace HftEngine.Server.Replay;

/// <summary>
/// The digest of trades that the neutral workload defines: taker, maker, price and quantity in order of
/// execution.
/// </summary>
internal struct TradeDigest
{
    private const ulong Start = 0xCBF29CE484222325;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    // Kept as the difference from the start value, so that a default digest is an empty one.
    private ulong _state;

    public long Trades { get; private set; }

    public long TradedLots { get; private set; }

    public readonly ulong Value => _state ^ Start;

    public void Add(ulong takerId, ulong makerId, long price, long lots)
    {
        Trades++;
        TradedLots += lots;
        ulong hash = Mix(Mix(Mix(Mix(Value, takerId), makerId), (ulong)price), (ulong)lots);
        _state = hash ^ Start;
    }

    public static string Show(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * Multiplier;
        return hash ^ (hash >> 32);
    }
}
