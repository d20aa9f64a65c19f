using System;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>
/// Reads LOBSTER message files: <c>time,type,id,size,price,direction</c>, price × 10000, direction of the
/// resting order.
/// </summary>
internal sealed class LobsterTape : LineTape
{
    private readonly int _symbol;

    public LobsterTape(TapeSource source)
        : base(source) => _symbol = Symbols.IndexOf("LOBSTER"u8);

    protected override bool TryParse(ReadOnlySpan<byte> line, ref TapeOperation operation)
    {
        ReadOnlySpan<byte> rest = line;
        if (!AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> time)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> type)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> id)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> size)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> price)
            || !AsciiField.TryNext(ref rest, (byte)',', out ReadOnlySpan<byte> direction))
        {
            return Bad("the record has fewer than 6 columns");
        }

        if (time.IsEmpty || time.ContainsAnyExcept("0123456789."u8))
        {
            return Bad("the time is not a number", time);
        }

        if (!AsciiField.TryWhole(id, out long orderId))
        {
            return Bad("the order id is not a whole number", id);
        }

        if (!AsciiField.TryWhole(size, out operation.Quantity))
        {
            return Bad("the size is not a whole number", size);
        }

        if (!AsciiField.TryWhole(price, out operation.Price))
        {
            return Bad("the price is not a whole number", price);
        }

        operation.Symbol = _symbol;
        operation.Id = (ulong)orderId;
        return TryType(type, ref operation) && TryDirection(direction, ref operation);
    }

    private bool TryType(ReadOnlySpan<byte> type, ref TapeOperation operation)
    {
        operation.Action = type switch
        {
            [(byte)'1'] => TapeAction.Add,
            [(byte)'2'] => TapeAction.Reduce,
            [(byte)'3'] => TapeAction.Delete,
            [(byte)'4'] => TapeAction.Execute,
            [(byte)'5'] => TapeAction.ExecuteHidden,
            [(byte)'6'] => TapeAction.Cross,
            [(byte)'7'] => TapeAction.TradingStatus,
            _ => TapeAction.None,
        };
        if (operation.Action == TapeAction.None)
        {
            return Bad("the type is not 1 to 7", type);
        }

        if (operation.Action is TapeAction.TradingStatus or TapeAction.Cross)
        {
            return true;
        }

        if (operation.Quantity < 1)
        {
            return Bad($"the size {operation.Quantity} is not positive");
        }

        return operation.Price >= 1 || Bad($"the price {operation.Price} is not positive");
    }

    private bool TryDirection(ReadOnlySpan<byte> direction, ref TapeOperation operation)
    {
        operation.Side = direction.SequenceEqual("1"u8) ? Side.Buy : Side.Sell;
        return operation.Side == Side.Buy || direction.SequenceEqual("-1"u8)
            || Bad("the direction is neither 1 nor -1", direction);
    }
}
