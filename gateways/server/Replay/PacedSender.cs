using System;
using System.Diagnostics;
using System.Threading;
using HftEngine.Core.Histograms;
using HftEngine.Core;
using HftEngine.Core.Pipeline;

namespace HftEngine.Server.Replay;

/// <summary>
/// Sends commands when they are due and times each from then until its events are released.
/// </summary>
internal unsafe ref struct PacedSender
{
    // As many as the command ring holds at most; more cannot be under way.
    private const int MostUnderWay = 1 << 16;

    private readonly EventRing _events;
    private readonly CommandRingProducer _ring;
    private readonly Histogram _latencies;
    private readonly long[] _due = new long[MostUnderWay];
    private ulong _sent;
    private ulong _seen;

    public PacedSender(EventRing events, CommandRingProducer ring, Histogram latencies, ulong sent)
    {
        _events = events;
        _ring = ring;
        _latencies = latencies;
        _sent = sent;
        _seen = sent;
    }

    /// <param name="record">Framed as the engine takes it; the ring takes the message.</param>
    /// <param name="pace">Without a rate the next command waits for this one's events.</param>
    public void SendWhenDue(byte* record, ref Pace pace)
    {
        long due = WaitUntilDue(ref pace);
        int bytes = (int)((CommandRecord*)record)->MessageBytes;
        ReadOnlySpan<byte> message = new(record + CommandRecord.Size, bytes);
        while (!_ring.TrySend(message))
        {
            Look();
        }

        _sent++;
        _due[_sent % MostUnderWay] = due;
        if (!pace.HasRate)
        {
            Finish();
        }
    }

    /// <summary>Waits for what is under way.</summary>
    public void Finish()
    {
        SpinWait spin = default;
        while (_seen < _sent)
        {
            Look();
            if (_seen < _sent)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private long WaitUntilDue(ref Pace pace)
    {
        long due = pace.TakeDue();
        do
        {
            Look();
        }
        while (Stopwatch.GetTimestamp() < due || _sent - _seen >= MostUnderWay);

        return due;
    }

    private void Look()
    {
        ulong released = Math.Min(_events.ReleasedSequence, _sent);
        if (released == _seen)
        {
            return;
        }

        long now = Stopwatch.GetTimestamp();
        while (_seen < released)
        {
            _seen++;
            _latencies.RecordClamped(Latency.ToNs(now - _due[_seen % MostUnderWay]));
        }
    }
}
