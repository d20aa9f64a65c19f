using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Text;
using HftEngine.Core.Memory;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Harness;

/// <summary>
/// The engine and the reference, given the same commands. Every answer is compared byte for byte; a difference throws
/// <see cref="DiscrepancyException"/>.
/// </summary>
internal sealed unsafe class EnginePair : IDisposable
{
    private const uint FirstEpoch = 1;
    private const long FirstTimestampNs = 1_700_000_000_000_000_000;

    private readonly NativeRegion _memory;
    private readonly EventStream _stream;
    private EventDigest _digest = EventDigest.Start();
    private ulong _sequence;

    public EnginePair(EngineLimits limits)
    {
        _memory = new NativeRegion((long)BitOperations.RoundUpToPowerOf2((ulong)limits.MaxEventBytesPerCommand * 4));

        // Old bytes in the ring must not shine through where a message has a gap or a frame is padded.
        new Span<byte>(_memory.Pointer, checked((int)_memory.LengthBytes)).Fill(0xA5);
        _stream = new EventStream(_memory);
        Engine = new Engine(limits, _stream);
        Reference = new ReferenceEngine(limits);
    }

    public Engine Engine { get; }

    public ReferenceEngine Reference { get; }

    /// <summary>Keeps the books from the events alone; they are the reference's after every command.</summary>
    public ReferenceAccountant Accountant { get; } = new();

    public EventStream Stream => _stream;

    public ulong Sequence => _sequence;

    /// <summary>Numbers the message as a sequencer does, applies it to both and compares.</summary>
    public IReadOnlyList<ReferenceEvent> Apply(byte[] message)
    {
        Stamp(message);
        long before = _stream.Position;
        Engine.Apply(message);
        List<byte[]> actual = EventFrames.Read(_stream, before, _stream.Position);
        IReadOnlyList<ReferenceEvent> expected = Reference.Apply(message, MassCanceledIds(actual));
        Compare(message, expected, actual);
        return expected;
    }

    public IReadOnlyList<ReferenceEvent> ApplyVoided(byte[] message)
    {
        Stamp(message);
        long before = _stream.Position;
        Engine.ApplyVoided(message);
        List<byte[]> actual = EventFrames.Read(_stream, before, _stream.Position);
        IReadOnlyList<ReferenceEvent> expected = Reference.ApplyVoided(message);
        Compare(message, expected, actual);
        return expected;
    }

    /// <summary>Compares what no event tells: what rests, in which order, and who has what.</summary>
    public void CompareStates()
    {
        Reference.RequireSoundState();
        Require("IsLedgerBalanced", true, Engine.IsLedgerBalanced());
        Require("RestingOrders", (uint)Reference.RestingOrders.Count(), Engine.RestingOrders);
        IReadOnlyList<ReferenceEvent> expected = Reference.Image(_digest.Value);
        List<byte[]> actual = ReadImage();
        if (!expected.Select(e => EventFrames.Frame(e.Message)).SequenceEqual(actual, FrameComparer.Instance))
        {
            throw new DiscrepancyException(Explain("the image", expected, actual));
        }
    }

    private List<byte[]> ReadImage()
    {
        List<byte[]> frames = [];
        Engine.WriteImage(bytes =>
        {
            while (!bytes.IsEmpty)
            {
                int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes);
                frames.Add(bytes[..length].ToArray());
                bytes = bytes[length..];
            }
        });
        return frames;
    }

    public void Dispose()
    {
        Engine.Dispose();
        _memory.Dispose();
    }

    private void Stamp(byte[] message)
    {
        _sequence++;
        WireMessage.Stamp(message, FirstEpoch, _sequence, FirstTimestampNs + (long)_sequence);
    }

    private static List<ulong> MassCanceledIds(List<byte[]> frames)
    {
        List<ulong> ids = [];
        foreach (byte[] frame in frames)
        {
            ReadOnlySpan<byte> message = EventFrames.Message(frame);
            if (WireMessage.TemplateId(message) == OrderCanceledBlock.TemplateId)
            {
                OrderCanceledBlock canceled = WireMessage.Decode<OrderCanceledBlock>(message);
                if (canceled.Reason is CancelReason.MassCancel or CancelReason.Disconnect
                    or CancelReason.KillSwitch or CancelReason.DeadMan or CancelReason.Liquidation or CancelReason.Expired)
                {
                    ids.Add(canceled.OrderId);
                }
            }
        }

        return ids;
    }

    private void Compare(byte[] command, IReadOnlyList<ReferenceEvent> expected, List<byte[]> actual)
    {
        List<byte[]> frames = expected.Select(e => EventFrames.Frame(e.Message)).ToList();
        if (!frames.SequenceEqual(actual, FrameComparer.Instance))
        {
            throw new DiscrepancyException(Explain($"answer to {WireText.Describe(command)}", expected, actual));
        }

        foreach (byte[] frame in frames)
        {
            fixed (byte* bytes = frame)
            {
                _digest.Update(bytes, frame.Length);
            }
        }

        Require("EventDigestValue", _digest.Value, Engine.EventDigestValue);
        Require("LastSequence", Reference.LastSequence, Engine.LastSequence);
        Require("LastTimestampNs", Reference.LastTimestampNs, Engine.LastTimestampNs);
        Require("LastEpoch", Reference.LastEpoch, Engine.LastEpoch);
        Require("AppliedPosition", _stream.Position, Engine.AppliedPosition);
        Require("NextDeadlineNs", Reference.NextDeadlineNs, Engine.NextDeadlineNs);
        Require("RuleLevel", Reference.RuleLevel, Engine.RuleLevel);
        Accountant.Read(expected);
        Accountant.RequireSame(Reference);
    }

    private static void Require<T>(string name, T expected, T actual)
        where T : IEquatable<T>
    {
        if (!expected.Equals(actual))
        {
            throw new DiscrepancyException($"{name}: the reference has {expected}, the engine {actual}");
        }
    }

    private static string Explain(string what, IReadOnlyList<ReferenceEvent> expected, List<byte[]> actual)
    {
        StringBuilder text = new();
        text.AppendLine(what);
        for (int i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            byte[] expectedFrame = i < expected.Count ? EventFrames.Frame(expected[i].Message) : [];
            byte[] actualFrame = i < actual.Count ? actual[i] : [];
            if (expectedFrame.AsSpan().SequenceEqual(actualFrame))
            {
                text.Append("  both       ").AppendLine(expected[i].ToString());
                continue;
            }

            text.Append("  reference  ").AppendLine(i < expected.Count ? expected[i].ToString() : "nothing");
            text.Append("  engine     ").AppendLine(
                i < actual.Count ? WireText.Describe(EventFrames.Message(actual[i])) : "nothing");
            int at = expectedFrame.AsSpan().CommonPrefixLength(actualFrame);
            text.Append("             first different byte of the frame: ").Append(at).AppendLine();
        }

        return text.ToString();
    }
}
