using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Instruments with positions, hedging accounts, orders that reduce.</summary>
internal sealed partial class CommandGenerator
{
    private const int WidestPrice = 1 << 30;

    private bool? _hasPositions;

    /// <summary>Half of the sessions know nothing of positions.</summary>
    private bool HasPositions => _hasPositions ??= random.Percent(50);

    private OpenAccountBlock AnyAccountModes(OpenAccountBlock block)
    {
        if (HasPositions)
        {
            block.PositionMode = (PositionMode)random.Below(random.OneIn(30) ? 3 : 2);
            block.MarginMode = (MarginMode)(random.OneIn(30) ? 2 : 0);
        }

        return block;
    }

    private void KeepPositions(ref DefineInstrumentBlock block)
    {
        block.Flags = (byte)(random.OneIn(40) ? random.Below(4) : random.Percent(85) ? 1 : 0);
        if (random.Percent(45))
        {
            block.Kind = (InstrumentKind)(random.OneIn(40) ? 4 : random.Between(1, 3));
        }

        if (random.OneIn(80) || (block.Kind == InstrumentKind.Future && random.OneIn(2)))
        {
            block.ExpiryNs = random.OneIn(20) ? -1 : random.OneIn(5) ? long.MaxValue : 1;
        }

        if (!shape.IsExtreme || (block.Flags != 1 && block.Kind == InstrumentKind.Spot))
        {
            return;
        }

        // As many lots as fit, so that a second order of that size does not.
        block.MaxPrice = WidestPrice;
        block.MinPrice = block.MinPrice < 0 ? -WidestPrice : 1;
        int scale = state.Currencies.TryGetValue(1, out DefineCurrencyBlock quote) ? quote.Scale : 0;
        BigInteger unit = (BigInteger)block.TickMantissa * block.LotMantissa * block.MultiplierMantissa
            * BigInteger.Pow(10, scale);
        block.MaxQuantity = random.OneIn(4)
            ? 1000
            : (long)(BigInteger.Pow(2, 59) / (WidestPrice * unit));
    }

    private void ConcernPosition(ref NewOrderBlock order)
    {
        if (!state.Instruments.TryGetValue(order.InstrumentId, out ReferenceInstrument? instrument))
        {
            return;
        }

        ReferencePosition? position = AnyPosition(instrument);
        if (position is not null && random.Percent(30))
        {
            Close(ref order, position);
            return;
        }

        if (random.Percent(15))
        {
            order.ReduceOnly = (byte)(random.OneIn(20) ? 2 : 1);
        }

        if (random.Percent(15))
        {
            order.PositionEffect = (PositionEffect)(random.OneIn(20) ? 3 : random.Below(3));
        }

        if (shape.IsExtreme && instrument.HasPositions && random.OneIn(6))
        {
            order.Quantity = instrument.Definition.MaxQuantity;
        }
    }

    private ReferencePosition? AnyPosition(ReferenceInstrument instrument)
    {
        List<ReferencePosition> open = state.Positions.Where(p => p.Instrument == instrument && p.NetLots != 0).ToList();
        return open.Count == 0 ? null : random.Pick(open);
    }

    /// <summary>Several ways out of one position get into each other's way.</summary>
    private void Close(ref NewOrderBlock order, ReferencePosition position)
    {
        long lots = (long)BigInteger.Min(BigInteger.Abs(position.NetLots), int.MaxValue);
        order.Envelope.AccountId = position.Account.Id;
        order.Side = position.NetLots > 0 ? Side.Sell : Side.Buy;
        order.Quantity = random.Between(1, lots);
        order.ReduceOnly = random.Percent(60) ? (byte)1 : (byte)0;
    }
}
