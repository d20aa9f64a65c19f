using System.Collections.Generic;
using System.Linq;
using System.Numerics;

namespace HftEngine.Core.Tests.Reference;

/// <summary>What an account has in an instrument, told from its trades.</summary>
internal sealed class ReferencePosition
{
    public required ReferenceAccount Account { get; init; }

    public required ReferenceInstrument Instrument { get; init; }

    /// <summary>True: the short one of a hedging account.</summary>
    public required bool IsShortLeg { get; init; }

    /// <summary>Oldest first. Lots below zero are short.</summary>
    public List<(long Price, BigInteger Lots, ulong TradeId)> Lots { get; } = [];

    /// <summary>What the open lots cost by average price; below zero for short ones.</summary>
    public BigInteger Cost { get; private set; }

    public BigInteger RealisedAverage { get; private set; }

    public BigInteger RealisedFifo { get; private set; }

    /// <summary>Realised and not paid yet.</summary>
    public BigInteger Unsettled { get; set; }

    /// <summary>As last valued, in the reference currency; so are both margins.</summary>
    public BigInteger Unrealised { get; set; }

    public BigInteger Initial { get; set; }

    public BigInteger Maintenance { get; set; }

    public BigInteger NetLots => Lots.Aggregate(BigInteger.Zero, (sum, lot) => sum + lot.Lots);

    /// <param name="lots">Bought above zero, sold below.</param>
    /// <param name="price">In ticks.</param>
    /// <param name="tradeId">Of the fill.</param>
    public void Fill(BigInteger lots, long price, ulong tradeId)
    {
        BigInteger net = NetLots;
        BigInteger closed = net.Sign * lots.Sign < 0 ? BigInteger.Min(BigInteger.Abs(net), BigInteger.Abs(lots)) : 0;
        if (closed > 0)
        {
            BigInteger costOfClosed = BigInteger.Divide(Cost * closed, BigInteger.Abs(net));
            RealisedAverage += (net.Sign * Value(price, closed)) - costOfClosed;
            Cost -= costOfClosed;
            TakeOldest(closed, net.Sign, price);
        }

        BigInteger opened = lots - (lots.Sign * closed);
        if (opened != 0)
        {
            Cost += Value(price, opened);
            Append(opened, price, tradeId);
        }
    }

    private BigInteger Value(long price, BigInteger lots) => price * lots * Instrument.NotionalPerTickLot;

    private void TakeOldest(BigInteger closed, int sign, long price)
    {
        while (closed > 0)
        {
            (long openedAt, BigInteger lots, ulong tradeId) = Lots[0];
            BigInteger part = BigInteger.Min(closed, BigInteger.Abs(lots));
            RealisedFifo += sign * Value(price, part);
            RealisedFifo -= sign * Value(openedAt, part);
            closed -= part;
            Lots[0] = (openedAt, lots - (sign * part), tradeId);
            if (Lots[0].Lots == 0)
            {
                Lots.RemoveAt(0);
            }
        }
    }

    private void Append(BigInteger opened, long price, ulong tradeId)
    {
        if (Lots.Count > 0 && Lots[^1].Price == price)
        {
            Lots[^1] = (price, Lots[^1].Lots + opened, Lots[^1].TradeId);
            return;
        }

        Lots.Add((price, opened, tradeId));
    }
}
