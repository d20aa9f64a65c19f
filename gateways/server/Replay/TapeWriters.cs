using System;
using System.Globalization;
using System.IO;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>
/// Writes the trades of a replay: <c>seq,taker_id,maker_id,price,qty</c>, in the tape's ids and prices.
/// </summary>
internal class TradeTapeWriter : IDisposable
{
    private readonly StreamWriter _file;
    private readonly TapeReader _names;

    public TradeTapeWriter(string path, TapeReader names)
        : this(path, names, "seq,taker_id,maker_id,price,qty")
    {
    }

    protected TradeTapeWriter(string path, TapeReader names, string heading)
    {
        _names = names;
        _file = new StreamWriter(path) { NewLine = "\n" };
        if (heading.Length > 0)
        {
            _file.WriteLine(heading);
        }
    }

    protected TextWriter File => _file;

    public static TradeTapeWriter For(string path, TapeReader names) => names is OrderLineTape lines
        ? new OrderTradeWriter(path, lines)
        : new TradeTapeWriter(path, names);

    public virtual void Write(
        in ReplayRequest request, ulong taker, ulong maker, long price, long lots, Side takerSide)
    {
        Span<byte> takerName = stackalloc byte[24];
        Span<byte> makerName = stackalloc byte[24];
        int takerLength = _names.FormatId(taker, takerName);
        int makerLength = _names.FormatId(maker, makerName);
        _file.Write(request.Record);
        _file.Write(',');
        WriteAscii(takerName[..takerLength]);
        _file.Write(',');
        WriteAscii(makerName[..makerLength]);
        _file.Write(',');
        _file.Write(_names.ShowPrice(price));
        _file.Write(',');
        _file.Write(lots);
        _file.Write('\n');
    }

    public void Dispose()
    {
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    private void WriteAscii(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            _file.Write((char)character);
        }
    }
}

/// <summary>
/// Writes trades as <c>buyer:seller:instrument:quantity:price</c>, the price as the resting order wrote it.
/// </summary>
internal sealed class OrderTradeWriter(string path, OrderLineTape lines) : TradeTapeWriter(
    path, lines, string.Empty)
{
    public override void Write(
        in ReplayRequest request, ulong taker, ulong maker, long price, long lots, Side takerSide)
    {
        (ulong buyer, ulong seller) = takerSide == Side.Buy ? (taker, maker) : (maker, taker);
        File.Write(lines.TraderOf(buyer));
        File.Write(':');
        File.Write(lines.TraderOf(seller));
        File.Write(':');
        File.Write(lines.Symbols[request.Symbol]);
        File.Write(':');
        File.Write(lots);
        File.Write(':');
        File.Write(lines.PriceTextOf(maker));
        File.Write('\n');
    }
}

/// <summary>
/// Writes the best prices after every record: ask price, ask size, bid price, bid size; no heading.
/// </summary>
internal sealed class BookOutWriter(string path, TapeReader names) : IDisposable
{
    // What a side without orders shows, as published order book files do.
    private const string NoAsk = "9999999999,0";
    private const string NoBid = "-9999999999,0";

    private readonly StreamWriter _file = new(path) { NewLine = "\n" };
    private int _lastSymbol;

    /// <param name="symbol">Instrument of the record; a record that names none shows the last one's book
    /// again.</param>
    /// <param name="book">Books of all instruments.</param>
    public void Write(int symbol, BookTracker book)
    {
        if (symbol != TapeOperation.NoSymbol)
        {
            _lastSymbol = symbol;
        }

        TopOfBook top = book.Top(ReplayVenue.InstrumentOf(_lastSymbol));
        _file.Write(Show(top.Ask, NoAsk));
        _file.Write(',');
        _file.Write(Show(top.Bid, NoBid));
        _file.Write('\n');
    }

    public void Dispose() => _file.Dispose();

    private string Show((long Price, long Lots)? side, string none) => side is { } best
        ? string.Create(CultureInfo.InvariantCulture, $"{names.ShowPrice(best.Price)},{best.Lots}")
        : none;
}
