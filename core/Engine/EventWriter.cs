using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Writes the events of the command at hand into the stream: headers, envelope, index, the mark on the last one.</summary>
internal unsafe struct EventWriter(EventStream stream)
{
    private const int EnvelopeBytes = EventEnvelope.Size;

    private readonly EventStream _stream = stream;
    private CommandEnvelope* _origin;
    private CommandEnvelope* _command;
    private EventEnvelope* _last;
    private uint _index;

    /// <summary>Events of the command so far.</summary>
    public readonly uint Count => _index;

    /// <summary>Session of the command at hand.</summary>
    public readonly uint OriginSessionId => _origin->SessionId;

    /// <summary>Timestamp of the command at hand.</summary>
    public readonly long OriginTimestampNs => _origin->TimestampNs;

    /// <summary>Whose envelope the next event gets.</summary>
    public readonly CommandEnvelope* Origin => _origin;

    /// <summary>The next events get another envelope than the command's, until <see cref="Resume"/>.</summary>
    public void ActAs(CommandEnvelope* origin) => _origin = origin;

    public void Resume() => _origin = _command;

    /// <summary>Starts a command; its envelope is copied into each of its events.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(CommandEnvelope* origin)
    {
        _origin = origin;
        _command = origin;
        _index = 0;
        _last = null;
    }

    /// <summary>Marks the last event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void End()
    {
        if (_last != null)
        {
            _last->Flags = 1;
        }
    }

    /// <summary>Takes a frame, writes both headers and the envelope, zeroes the rest. Constants of the block fold away.</summary>
    /// <returns>The block; its fields behind the envelope are to be set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Next(ushort templateId, ushort blockLength, uint instrumentId, ulong instrumentSequence)
    {
        int frameBytes = (EventStream.FrameHeaderBytes + 8 + blockLength + EventStream.FrameAlignment - 1)
            & -EventStream.FrameAlignment;
        byte* frame = _stream.Claim(frameBytes);
        *(ulong*)(frame + EventStream.FrameHeaderBytes) = blockLength
            | ((ulong)templateId << 16)
            | ((ulong)NewOrderBlock.SchemaId << 32)
            | ((ulong)NewOrderBlock.SchemaVersion << 48);
        byte* block = frame + EventStream.FrameHeaderBytes + 8;
        *(CommandEnvelope*)block = *_origin;
        var envelope = (EventEnvelope*)block;
        envelope->Flags = 0;
        envelope->Index = _index++;
        envelope->InstrumentId = instrumentId;
        envelope->InstrumentSequence = instrumentSequence;
        _last = envelope;

        // The envelope ends 8 bytes before a multiple of 32; from there on whole vectors are zeroed.
        *(ulong*)(block + EnvelopeBytes) = 0;
        for (byte* at = block + EnvelopeBytes + 8; at < frame + frameBytes; at += EventStream.FrameAlignment)
        {
            Vector256<byte>.Zero.Store(at);
        }

        return block;
    }
}
