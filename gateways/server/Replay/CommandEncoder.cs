using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>
/// Writes commands as the sequencer would hand them to the engine: numbered from 1, each timestamp one above
/// the previous, as under a clock that stands still.
/// </summary>
/// <param name="previousSequence">The sequence after which numbering goes on.</param>
internal sealed class CommandEncoder(ulong previousSequence = 0)
{
    public const uint Epoch = 1;
    public const uint Session = 1;
    private const ushort Gateway = 1;

    private static readonly int LargestRecord = CommandRecord.RecordBytes(Math.Max(
        Math.Max(NewOrderBlock.MessageLength, AmendOrderBlock.MessageLength),
        Math.Max(CancelOrderBlock.MessageLength, DefineInstrumentBlock.MessageLength)));

    private ulong _sequence = previousSequence;
    private ulong _sessionSequence;

    /// <summary>Memory that any batch of <paramref name="commands"/> commands fits into.</summary>
    public static int BytesFor(int commands) => checked(commands * LargestRecord);

    /// <summary>Sequence of the command that was written last.</summary>
    public ulong Sequence => _sequence;

    /// <summary>
    /// Writes a command of the venue itself: its block with everything but the envelope set.
    /// </summary>
    public void WriteVenueCommand<TBlock>(
        CommandBatch batch, MessageHeader header, TBlock block, uint accountId = 0)
        where TBlock : unmanaged
    {
        Stamp(ref Unsafe.As<TBlock, CommandEnvelope>(ref block), accountId, gateway: 0);
        Write(batch, header, in block);
    }

    /// <summary>Opens the session that the tape's orders come through.</summary>
    public void WriteOpenSession(CommandBatch batch, OpenSessionBlock block)
    {
        Stamp(ref block.Envelope, 0, Gateway);
        block.Envelope.SessionId = Session;
        Write(batch, OpenSessionBlock.Header, in block);
    }

    public void Write(CommandBatch batch, in ReplayRequest request, TapeReader names)
    {
        switch (request.Action)
        {
            case RequestAction.Cancel:
                WriteCancel(batch, in request, names);
                break;
            case RequestAction.Amend:
                WriteAmend(batch, in request, names);
                break;
            default:
                WriteNew(batch, in request, names);
                break;
        }
    }

    private void WriteNew(CommandBatch batch, in ReplayRequest request, TapeReader names)
    {
        NewOrderBlock block = default;
        StampOrder(ref block.Envelope, request.Account);
        block.Price = request.Price;
        block.Quantity = request.Quantity;
        block.InstrumentId = ReplayVenue.InstrumentOf(request.Symbol);
        block.Side = request.Side;
        block.OrderType = OrderType.Limit;
        block.TimeInForce = request.Action == RequestAction.New
            ? TimeInForce.GoodTillCancel
            : TimeInForce.ImmediateOrCancel;
        WriteName(block.ClientOrderId.AsSpan(), in request, names);
        Write(batch, NewOrderBlock.Header, in block);
    }

    private void WriteCancel(CommandBatch batch, in ReplayRequest request, TapeReader names)
    {
        CancelOrderBlock block = default;
        StampOrder(ref block.Envelope, request.Account);
        WriteName(block.OrigClientOrderId.AsSpan(), in request, names);
        Write(batch, CancelOrderBlock.Header, in block);
    }

    private void WriteAmend(CommandBatch batch, in ReplayRequest request, TapeReader names)
    {
        AmendOrderBlock block = default;
        StampOrder(ref block.Envelope, request.Account);
        WriteName(block.OrigClientOrderId.AsSpan(), in request, names);
        block.InstrumentId = ReplayVenue.InstrumentOf(request.Symbol);
        block.Price = request.Price;
        block.Quantity = request.Quantity;
        Write(batch, AmendOrderBlock.Header, in block);
    }

    /// <summary>
    /// The tape's id. An order that enters again under its id has the record behind it; an execution, which
    /// has no id of its own, an x before the record.
    /// </summary>
    private static void WriteName(Span<byte> name, in ReplayRequest request, TapeReader names)
    {
        if (request.IsExecution)
        {
            name[0] = (byte)'x';
            request.Record.TryFormat(name[1..], out _, default, CultureInfo.InvariantCulture);
            return;
        }

        int length = names.FormatId(request.Id, name);
        if (request.Entry != 0)
        {
            name[length] = (byte)'.';
            request.Entry.TryFormat(name[(length + 1)..], out _, default, CultureInfo.InvariantCulture);
        }
    }

    private void StampOrder(ref CommandEnvelope envelope, uint account)
    {
        Stamp(ref envelope, account, Gateway);
        envelope.SessionId = Session;
        envelope.SessionSequence = ++_sessionSequence;
    }

    private void Stamp(ref CommandEnvelope envelope, uint account, ushort gateway)
    {
        _sequence++;
        envelope.Epoch = Epoch;
        envelope.GatewayId = gateway;
        envelope.Sequence = _sequence;
        envelope.TimestampNs = (long)_sequence;
        envelope.UserId = account;
        envelope.AccountId = account;
    }

    private static void Write<TBlock>(CommandBatch batch, MessageHeader header, in TBlock block)
        where TBlock : unmanaged
    {
        int messageBytes = MessageHeader.Size + Unsafe.SizeOf<TBlock>();
        Span<byte> record = batch.Claim(CommandRecord.RecordBytes(messageBytes));
        CommandRecord frame = new() { MessageBytes = (uint)messageBytes };
        MemoryMarshal.Write(record, in frame);
        MemoryMarshal.Write(record[CommandRecord.Size..], in header);
        MemoryMarshal.Write(record[(CommandRecord.Size + MessageHeader.Size)..], in block);
    }
}
