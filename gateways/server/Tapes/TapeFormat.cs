namespace HftEngine.Server.Tapes;

internal enum TapeFormat
{
    Workload,
    Lobster,
    Pitch,
    Itch,
    Bitstamp,
    Orders,
}

/// <summary>A tape by file and format; opened as often as passes over it are needed.</summary>
internal sealed record Tape(TapeFormat Format, string Path)
{
    // The order lines do not say how fine their prices are; one pass finds out, the first time the tape is
    // opened.
    private int? _orderDecimals;

    public TapeReader Open()
    {
        if (Format == TapeFormat.Orders)
        {
            _orderDecimals ??= OrderLineTape.FindDecimals(Path);
        }

        TapeSource source = TapeSource.Open(Path);
        return Format switch
        {
            TapeFormat.Workload => OpenWorkload(source),
            TapeFormat.Lobster => new LobsterTape(source),
            TapeFormat.Pitch => new PitchTape(source),
            TapeFormat.Itch => new ItchTape(source),
            TapeFormat.Bitstamp => new BitstampTape(source),
            _ => new OrderLineTape(source, _orderDecimals!.Value),
        };
    }

    private static WorkloadTape OpenWorkload(TapeSource source)
    {
        try
        {
            return new WorkloadTape(source);
        }
        catch (TapeException)
        {
            source.Dispose();
            throw;
        }
    }
}
