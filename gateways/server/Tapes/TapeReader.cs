using System;
using System.Globalization;

namespace HftEngine.Server.Tapes;

/// <summary>Reads one format from its beginning to its end. Not re-readable: open it again.</summary>
internal abstract class TapeReader : IDisposable
{
    /// <summary>What <see cref="TapeRead.Bad"/> found.</summary>
    public TapeFault Fault { get; private set; }

    /// <summary>First byte of the record that was read last.</summary>
    public long RecordOffset { get; protected set; }

    /// <summary>Its line in text formats, otherwise 0.</summary>
    public long RecordLine { get; protected set; }

    /// <summary>Names of the instruments met so far; operations carry the index.</summary>
    public SymbolTable Symbols { get; } = new();

    /// <summary>Decimals of a price: price units = 10^-PriceDecimals.</summary>
    public virtual int PriceDecimals => 0;

    /// <summary>The tape is of a real venue: executions are reported and have to be reproduced.</summary>
    public virtual bool IsVenueTape => true;

    /// <summary>Operations carry the account that they belong to.</summary>
    public virtual bool NamesAccounts => false;

    /// <summary>Bytes taken from the source so far, for progress.</summary>
    public abstract long BytesRead { get; }

    /// <summary>
    /// Reads the next operation. After <see cref="TapeRead.Bad"/> the reader stands behind the bad record; a
    /// reader that cannot find the next record answers <see cref="TapeRead.End"/> from then on.
    /// </summary>
    public abstract TapeRead Read(ref TapeOperation operation);

    /// <summary>
    /// The text by which the tape itself names an order; it enters the engine as client order id.
    /// </summary>
    public virtual int FormatId(ulong id, Span<byte> text)
    {
        id.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        return length;
    }

    /// <summary>A price as the tape writes prices.</summary>
    public virtual string ShowPrice(long price) => price.ToString(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Declares the record that was read last bad.</summary>
    public TapeRead Fail(string reason)
    {
        Fault = new TapeFault(RecordOffset, RecordLine, reason);
        return TapeRead.Bad;
    }

    protected abstract void Dispose(bool disposing);
}
