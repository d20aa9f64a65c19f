using System;

namespace HftEngine.Server.Tapes;

/// <summary>A tape whose records are lines of text.</summary>
internal abstract class LineTape(TapeSource source) : TapeReader
{
    private long _record = -1;
    private string _problem = string.Empty;

    public override long BytesRead => Source.Offset;

    protected TapeSource Source { get; } = source;

    public override TapeRead Read(ref TapeOperation operation)
    {
        while (true)
        {
            if (TryPending(ref operation))
            {
                operation.Record = _record;
                return TapeRead.Operation;
            }

            long offset = Source.Offset;
            if (!Source.TryReadLine(out ReadOnlySpan<byte> line))
            {
                return TapeRead.End;
            }

            if (line.IsEmpty || (Source.Line == 1 && IsHeading(line)))
            {
                continue;
            }

            _record++;
            RecordOffset = offset;
            RecordLine = Source.Line;
            operation = new TapeOperation { Record = _record, EndsRecord = true };
            if (TryParse(line, ref operation))
            {
                return TapeRead.Operation;
            }

            return Fail(_problem);
        }
    }

    /// <summary>One line as an operation; false after <see cref="Bad(string)"/>.</summary>
    protected abstract bool TryParse(ReadOnlySpan<byte> line, ref TapeOperation operation);

    /// <summary>A further operation of the record that was read last.</summary>
    protected virtual bool TryPending(ref TapeOperation operation) => false;

    /// <summary>The first line may name the columns.</summary>
    protected virtual bool IsHeading(ReadOnlySpan<byte> line) => false;

    protected bool Bad(string reason)
    {
        _problem = reason;
        return false;
    }

    protected bool Bad(string what, ReadOnlySpan<byte> field) => Bad($"{what}: {AsciiField.Show(field)}");

    protected override void Dispose(bool disposing) => Source.Dispose();
}
