using System;
using System.Collections.Generic;
using System.Text;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>
/// Reads lines <c>id:instrument:signed quantity:limit price</c>. Ids name traders and come again and again,
/// so an order is known by its line; trader and price are kept as text, to come out as they went in.
/// </summary>
internal sealed class OrderLineTape(TapeSource source, int priceDecimals) : LineTape(source)
{
    /// <summary>More than this does not fit a price beside a useful quantity.</summary>
    public const int MaxDecimals = 9;

    // Traders' names come again and again, often one for nearly all orders: accounts are given by line, or
    // one of them would need all the money there is.
    private const int Accounts = 4;
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<string> _textOf = [];
    private readonly List<(int Trader, int Price)> _orders = [];

    public override bool IsVenueTape => false;

    public override int PriceDecimals => priceDecimals;

    /// <summary>
    /// Most decimals that a price of the tape has, found by a pass over it; unreadable lines count as none.
    /// </summary>
    public static int FindDecimals(string path)
    {
        using TapeSource source = TapeSource.Open(path);
        int decimals = 0;
        while (source.TryReadLine(out ReadOnlySpan<byte> line))
        {
            ReadOnlySpan<byte> price = line[(line.LastIndexOf((byte)':') + 1)..];
            decimals = Math.Max(decimals, Math.Min(MaxDecimals, AsciiField.DecimalsOf(price)));
        }

        return decimals;
    }

    /// <summary>Trader of an order, as the tape wrote it.</summary>
    public string TraderOf(ulong id) => _textOf[_orders[(int)id - 1].Trader];

    /// <summary>Limit price of an order, as the tape wrote it.</summary>
    public string PriceTextOf(ulong id) => _textOf[_orders[(int)id - 1].Price];

    protected override bool TryParse(ReadOnlySpan<byte> line, ref TapeOperation operation)
    {
        ReadOnlySpan<byte> rest = line;
        if (!AsciiField.TryNext(ref rest, (byte)':', out ReadOnlySpan<byte> trader)
            || !AsciiField.TryNext(ref rest, (byte)':', out ReadOnlySpan<byte> instrument)
            || !AsciiField.TryNext(ref rest, (byte)':', out ReadOnlySpan<byte> quantity)
            || !AsciiField.TryNext(ref rest, (byte)':', out ReadOnlySpan<byte> price)
            || !rest.IsEmpty)
        {
            return Bad("the record is not id:instrument:quantity:price", line);
        }

        if (trader.IsEmpty)
        {
            return Bad("the id is empty");
        }

        if (instrument.IsEmpty || instrument.Length > SymbolTable.MaxLength)
        {
            return Bad(
                $"the instrument is empty or longer than {SymbolTable.MaxLength} characters", instrument);
        }

        if (!AsciiField.TryWhole(quantity, out long signed) || signed == long.MinValue)
        {
            return Bad("the quantity is not a whole number", quantity);
        }

        if (signed == 0)
        {
            return Bad("the quantity is zero");
        }

        if (!AsciiField.TryDecimal(price, priceDecimals, out operation.Price))
        {
            return Bad($"the price is not a number of at most {priceDecimals} decimals", price);
        }

        if (operation.Price < 1)
        {
            return Bad("the price is not positive", price);
        }

        _orders.Add((Intern(trader), Intern(price)));
        operation.Action = TapeAction.Add;
        operation.Id = (ulong)_orders.Count;
        operation.Symbol = Symbols.IndexOf(instrument);
        operation.Side = signed > 0 ? Side.Buy : Side.Sell;
        operation.Quantity = Math.Abs(signed);
        operation.Owner = (uint)(_orders.Count % Accounts) + 1;
        return true;
    }

    private int Intern(ReadOnlySpan<byte> text)
    {
        string value = Encoding.Latin1.GetString(text);
        if (!_texts.TryGetValue(value, out int index))
        {
            index = _textOf.Count;
            _texts.Add(value, index);
            _textOf.Add(value);
        }

        return index;
    }
}
