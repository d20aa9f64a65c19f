using System;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>Reads the neutral workload: a header and fixed records of 32 bytes, little-endian.</summary>
internal sealed class WorkloadTape : TapeReader
{
    public const uint Accounts = 1000;

    private readonly TapeSource _source;
    private readonly WorkloadHeader _header;
    private readonly ulong _records;
    private ulong _next;
    private ulong _lastNewId;
    private bool _ended;

    public WorkloadTape(TapeSource source)
    {
        _source = source;
        ReadOnlySpan<byte> bytes = source.Peek(WorkloadHeader.Size);
        if (!WorkloadHeader.TryRead(bytes, out _header, out string problem))
        {
            throw new TapeException(source.Path, new TapeFault(0, 0, problem));
        }

        source.Take(WorkloadHeader.Size);
        _records = _header.WarmRecords + _header.TimedRecords;
        Span<byte> name = stackalloc byte[12];
        name[0] = (byte)'S';
        for (uint i = 0; i < _header.Symbols; i++)
        {
            i.TryFormat(name[1..], out int length);
            Symbols.IndexOf(name[..(length + 1)]);
        }
    }

    public override bool IsVenueTape => false;

    public override bool NamesAccounts => true;

    public override long BytesRead => _source.Offset;

    /// <summary>Ids run from 1 to this.</summary>
    public uint MaxOrderId => _header.MaxOrderId;

    public override TapeRead Read(ref TapeOperation operation)
    {
        if (_ended || _next == _records)
        {
            return AfterLast();
        }

        RecordOffset = _source.Offset;
        ReadOnlySpan<byte> record = _source.Peek(WorkloadRecord.Size);
        if (record.Length < WorkloadRecord.Size)
        {
            _ended = true;
            return Fail(
                $"the tape is truncated: record {_next} of {_records} has {record.Length} of {WorkloadRecord.Size} bytes");
        }

        WorkloadRecord fields = WorkloadRecord.Read(record);
        _source.Take(WorkloadRecord.Size);
        operation = new TapeOperation
        {
            Record = (long)_next,
            EndsRecord = true,
            Side = (Side)fields.Side,
            Symbol = fields.Symbol,
            Owner = fields.Owner,
            Id = fields.Id,
            Quantity = fields.Quantity,
            Price = fields.Price,
            WarmUp = _next < _header.WarmRecords,
        };
        _next++;
        string? problem = Examine(in fields, ref operation);
        return problem is null ? TapeRead.Operation : Fail(problem);
    }

    protected override void Dispose(bool disposing) => _source.Dispose();

    private string? Examine(in WorkloadRecord fields, ref TapeOperation operation)
    {
        operation.Action = fields.Operation switch
        {
            WorkloadRecord.Add => TapeAction.Add,
            WorkloadRecord.Cancel => TapeAction.Delete,
            WorkloadRecord.ImmediateOrCancel => TapeAction.ImmediateOrCancel,
            _ => TapeAction.None,
        };
        if (operation.Action == TapeAction.None)
        {
            return $"operation {fields.Operation} is unknown";
        }

        if (fields.Symbol >= _header.Symbols)
        {
            return $"instrument {fields.Symbol} is unknown, the tape has {_header.Symbols}";
        }

        if (fields.Owner is 0 or > Accounts)
        {
            return $"account {fields.Owner} is outside 1 to {Accounts}";
        }

        if (fields.Id is 0 || fields.Id > _header.MaxOrderId)
        {
            return $"order id {fields.Id} is outside 1 to {_header.MaxOrderId}";
        }

        return operation.Action == TapeAction.Delete ? null : ExamineNew(in fields);
    }

    private string? ExamineNew(in WorkloadRecord fields)
    {
        if (fields.Side > 1)
        {
            return $"side {fields.Side} is neither 0 nor 1";
        }

        if (fields.Quantity == 0)
        {
            return "the quantity is zero";
        }

        if (fields.Price < 1)
        {
            return $"price {fields.Price} is not positive";
        }

        if (fields.Id <= _lastNewId)
        {
            return $"order id {fields.Id} was used before";
        }

        _lastNewId = fields.Id;
        return null;
    }

    private TapeRead AfterLast()
    {
        if (_ended || _source.Peek(1).IsEmpty)
        {
            return TapeRead.End;
        }

        _ended = true;
        RecordOffset = _source.Offset;
        return Fail($"bytes follow record {_records}, the last one");
    }
}
