using System;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Journal;
using HftEngine.Schemas;

namespace HftEngine.Server.Tests.Gateway;

/// <summary>One session with numbered orders; resent under the same number and id until they are answered.</summary>
internal sealed class OrderClient(string data, string name, uint session, uint account, string acks) : IDisposable
{
    private const int Window = 64;

    private readonly AckFile _acks = new(acks);
    private readonly DiskStorage _storage = new(data);
    private readonly byte[] _buffer = new byte[1 << 16];
    private EventPosition _last;
    private ulong _sent;
    private ulong _made;
    private bool _isOpen;
    private uint _epoch;
    private int _attachments;
    private ulong _duplicates;

    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"answered {_acks.Answers.Count} made {_made} attachments {_attachments} duplicates {_duplicates}");

    public void Run(Func<bool> shallStop)
    {
        bool stopping = false;
        bool watched = false;
        var watch = new Thread(() => Volatile.Write(ref watched, shallStop())) { IsBackground = true };
        watch.Start();
        while (!stopping || (ulong)_acks.Answers.Count < _made)
        {
            using GatewayAttachment? venue = GatewayAttachment.TryAttach(Path.Combine(data, "run"), name);
            if (venue is null)
            {
                Thread.Sleep(5);
                continue;
            }

            _attachments++;
            Attend(venue, ref stopping, ref watched);
        }
    }

    public void Dispose() => _acks.Dispose();

    /// <summary>From one start of the venue to its end.</summary>
    private void Attend(GatewayAttachment venue, ref bool stopping, ref bool watched)
    {
        _isOpen = false;
        _epoch = venue.Post.Epoch;
        using var feed = new EventFeed(venue.Events, new FolderLog(_storage));
        feed.StartAfter(_last);
        bool asked = false;
        while (true)
        {
            stopping |= Volatile.Read(ref watched);
            bool gone = venue.IsVenueGone;
            int read = ReadAll(feed);
            if (gone || (stopping && (ulong)_acks.Answers.Count == _made))
            {
                return;
            }

            if (!asked && feed.InRing && read == 0)
            {
                asked = Send(venue, Open());
            }

            bool any = _isOpen && SendOrders(venue, stopping);
            venue.Commands.Beat();
            if (!any && read == 0)
            {
                venue.Commands.WaitForEvents(venue.Events, 1_000_000);
            }
        }
    }

    private bool SendOrders(GatewayAttachment venue, bool stopping)
    {
        bool any = false;
        while (_sent - (ulong)_acks.Answers.Count < Window && (_sent < _made || !stopping))
        {
            if (!Send(venue, Order(_sent + 1)))
            {
                break;
            }

            any = true;
            _sent++;
            _made = ulong.Max(_made, _sent);
        }

        return any;
    }

    private int ReadAll(EventFeed feed)
    {
        int total = 0;
        while (true)
        {
            EventRead read = feed.Read(_buffer, out int bytes);
            if (read is EventRead.Rewound or EventRead.Expired)
            {
                throw new BrokenPromiseException($"told {read} after {_last}: what was acknowledged is gone");
            }

            if (read == EventRead.None)
            {
                _acks.Keep();
                return total;
            }

            for (int at = 0; at < bytes; at += MemoryMarshal.Read<int>(_buffer.AsSpan(at)))
            {
                Take(_buffer.AsSpan(at));
            }

            total += bytes;
        }
    }

    private void Take(ReadOnlySpan<byte> frame)
    {
        EventEnvelope envelope = MemoryMarshal.Read<EventEnvelope>(frame[16..]);
        var at = new EventPosition(envelope.Epoch, envelope.Sequence, envelope.Index);
        if (at.CompareTo(_last) <= 0)
        {
            throw new BrokenPromiseException($"read {at} after {_last}");
        }

        _last = at;
        if (envelope.SessionId != session || envelope.Index != 0)
        {
            return;
        }

        ushort template = MemoryMarshal.Read<ushort>(frame[10..]);
        if (template == SessionOpenedBlock.TemplateId)
        {
            TakeOpened(MemoryMarshal.Read<SessionOpenedBlock>(frame[16..]));
        }
        else if (envelope.SessionSequence != 0)
        {
            TakeAnswer(frame, template, envelope.SessionSequence, at);
        }
    }

    private void TakeAnswer(ReadOnlySpan<byte> frame, ushort template, ulong number, EventPosition at)
    {
        if (template == CommandRejectedBlock.TemplateId)
        {
            RejectReason reason = MemoryMarshal.Read<CommandRejectedBlock>(frame[16..]).Reason;
            _duplicates += reason == RejectReason.Duplicate ? 1UL : 0UL;
            if (reason != RejectReason.Duplicate || number > (ulong)_acks.Answers.Count)
            {
                throw new BrokenPromiseException($"request {number} was refused: {reason}");
            }

            return;
        }

        if (number != (ulong)_acks.Answers.Count + 1)
        {
            throw new BrokenPromiseException($"answered {number} at {at} after {_acks.Answers.Count}");
        }

        _acks.Add(number, at);
    }

    /// <summary>The venue knows this session exactly as far as it was answered.</summary>
    private void TakeOpened(in SessionOpenedBlock opened)
    {
        if (opened.LastSessionSequence != (ulong)_acks.Answers.Count)
        {
            throw new BrokenPromiseException(
                $"the venue knows {opened.LastSessionSequence} requests, {_acks.Answers.Count} were acknowledged");
        }

        if (opened.Envelope.Epoch == _epoch)
        {
            _isOpen = true;
            _sent = opened.LastSessionSequence;
        }
    }

    private byte[] Open()
    {
        OpenSessionBlock open = new() { DisconnectPolicy = DisconnectPolicy.KeepOrders };
        open.Envelope.SessionId = session;
        return Message(OpenSessionBlock.Header, open);
    }

    /// <summary>The same number always makes the same order, so what is sent again is the same.</summary>
    private byte[] Order(ulong number)
    {
        ulong dice = number * 0x9E3779B97F4A7C15;
        NewOrderBlock order = new()
        {
            InstrumentId = 1 + (uint)(dice >> 62),
            Side = (Side)((dice >> 40) & 1),
            TimeInForce = ((dice >> 44) & 3) == 0 ? TimeInForce.GoodTillCancel : TimeInForce.ImmediateOrCancel,
            Quantity = 1,
            Price = 2000 + (long)((dice >> 48) & 1023),
            ClientOrderId = ClientOrderId.From(Encoding.ASCII.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"K{session}-{number}"))),
        };
        order.Envelope.SessionId = session;
        order.Envelope.AccountId = account;
        order.Envelope.SessionSequence = number;
        return Message(NewOrderBlock.Header, order);
    }

    private static bool Send(GatewayAttachment venue, byte[] message) => venue.Commands.TrySend(message);

    private static byte[] Message<T>(MessageHeader header, in T block)
        where T : unmanaged
    {
        byte[] message = new byte[MessageHeader.Size + Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(message, in header);
        MemoryMarshal.Write(message.AsSpan(MessageHeader.Size), in block);
        return message;
    }

    /// <summary>The event log of a venue in another process.</summary>
    private sealed class FolderLog(DiskStorage storage) : IEventLog
    {
        public EventPosition Last => throw new NotSupportedException("Known to the venue's process only.");

        public IEventCursor OpenCursor(EventPosition after) => EventLog.OpenCursor(storage, after);
    }
}
