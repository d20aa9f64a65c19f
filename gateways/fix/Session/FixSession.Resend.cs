using System;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;

namespace HftEngine.Fix.Session;

public sealed partial class FixSession
{
    // Messages that are repeated in one go. A million of them shares the thread with every other session.
    private const int ResendBatch = 256;

    private long _resendNext;
    private long _resendEnd;
    private long _resendGapStart;
    private long _laterResendFrom;
    private long _laterResendTo;

    /// <summary>Whether a range is being repeated; <see cref="ContinueResend"/> then has work.</summary>
    public bool IsResending => _resendNext != 0;

    /// <summary>Whether the outbound buffer has room for more of it now.</summary>
    public bool CanContinueResend =>
        IsResending && _channel is not null && _channel.FreeBytes >= 2 * _workspace.StoredBytes.Length;

    private void ReceiveResendRequest(FixMessage message, long number, long nowNs)
    {
        // A request is answered whatever its own number: two sides that wait for each other's gaps would
        // wait for ever.
        if (_validator.Validate(message) is { } fault)
        {
            RejectAndConsume(message, fault, number, nowNs);
            Drain(nowNs);
            return;
        }

        message.TryGetUnsigned(FixTag.BeginSeqNo, out long from);
        message.TryGetUnsigned(FixTag.EndSeqNo, out long to);
        if (from == 0 || (to != 0 && to < from))
        {
            int tag = from == 0 ? FixTag.BeginSeqNo : FixTag.EndSeqNo;
            RejectAndConsume(message, new FixFault(SessionRejectReason.ValueIncorrect, tag), number, nowNs);
            Drain(nowNs);
            return;
        }

        long last = _store.NextOutbound - 1;
        StartResend(from, to == 0 || to > last ? last : to, nowNs);
        if (number == _store.NextInbound)
        {
            Consume(number);
            Drain(nowNs);
        }
        else if (number > _store.NextInbound && State == SessionState.LoggedOn)
        {
            _gapQueue.Add(number, []);
            NoteGap(number, nowNs, false);
        }
    }

    private void StartResend(long from, long to, long nowNs)
    {
        if (from > to)
        {
            return;
        }

        if (IsResending)
        {
            _laterResendFrom = _laterResendFrom == 0 ? from : long.Min(_laterResendFrom, from);
            _laterResendTo = long.Max(_laterResendTo, to);
            return;
        }

        _resendNext = from;
        _resendEnd = to;
        _resendGapStart = 0;
        ContinueResend(nowNs);
    }

    /// <summary>
    /// Repeats the next messages of a resend, as many as the outbound buffer takes, and no more than a batch.
    /// </summary>
    public void ContinueResend(long nowNs)
    {
        for (int i = 0; i < ResendBatch && CanContinueResend; i++)
        {
            ResendNext(nowNs);
        }
    }

    private void ResendNext(long nowNs)
    {
        if (_resendNext > _resendEnd)
        {
            EndResend(nowNs);
            return;
        }

        long number = _resendNext++;
        int length = _store.Read(number, _workspace.StoredBytes);
        FixMessage stored = _workspace.Stored;
        if (length == 0 || stored.Parse(_workspace.StoredBytes, 0, length) != ParseResult.Whole)
        {
            _resendGapStart = _resendGapStart == 0 ? number : _resendGapStart;
            return;
        }

        SendGapFill(number, nowNs);
        if (IsResending)
        {
            Repeat(stored, number, nowNs);
        }
    }

    private void EndResend(long nowNs)
    {
        SendGapFill(_resendEnd + 1, nowNs);
        (long from, long to) = (_laterResendFrom, _laterResendTo);
        StopResending();
        if (from != 0)
        {
            _resendNext = from;
            _resendEnd = to;
        }
    }

    private void StopResending()
    {
        _resendNext = 0;
        _resendEnd = 0;
        _resendGapStart = 0;
        _laterResendFrom = 0;
        _laterResendTo = 0;
    }

    /// <summary>Stands for the session messages and lost numbers since the last repeated message.</summary>
    private void SendGapFill(long newNumber, long nowNs)
    {
        if (_resendGapStart == 0)
        {
            return;
        }

        FixWriter writer = _workspace.Writer;
        writer.Begin("4"u8);
        writer.Int(FixTag.MsgSeqNum, _resendGapStart);
        writer.Flag(FixTag.PossDupFlag, true);
        writer.Raw(_senderField);
        writer.Timestamp(FixTag.SendingTime, nowNs, Settings.TimePrecision);
        writer.Raw(_targetField);
        writer.Timestamp(FixTag.OrigSendingTime, nowNs, Settings.TimePrecision);
        writer.Int(FixTag.NewSeqNo, newNumber);
        writer.Flag(FixTag.GapFillFlag, true);
        _resendGapStart = 0;
        Transmit(writer.Finish(_beginString), nowNs);
    }

    /// <summary>
    /// The kept message with PossDupFlag, a new SendingTime, and the old one as OrigSendingTime.
    /// </summary>
    private void Repeat(FixMessage stored, long number, long nowNs)
    {
        FixWriter writer = _workspace.Writer;
        writer.Begin(stored.MsgType);
        writer.Int(FixTag.MsgSeqNum, number);
        writer.Flag(FixTag.PossDupFlag, true);
        writer.Raw(_senderField);
        writer.Timestamp(FixTag.SendingTime, nowNs, Settings.TimePrecision);
        writer.Raw(_targetField);
        stored.TryGet(FixTag.SendingTime, out ReadOnlySpan<byte> originalTime);
        bool wroteOriginal = false;

        // The header that Begin wrote ends with TargetCompID; tags of the rest of it rise, and 122 has its
        // place there.
        int at = stored.Find(FixTag.TargetCompId) + 1;
        for (; at < stored.Count - 1; at++)
        {
            int tag = stored.TagAt(at);
            bool isHeader = tag == FixTag.PossResend || IsRoutingTag(tag);
            if (!wroteOriginal && (!isHeader || tag > FixTag.OrigSendingTime))
            {
                writer.Bytes(FixTag.OrigSendingTime, originalTime);
                wroteOriginal = true;
            }

            if (!isHeader)
            {
                break;
            }

            writer.Bytes(tag, stored.ValueAt(at));
        }

        if (!wroteOriginal)
        {
            writer.Bytes(FixTag.OrigSendingTime, originalTime);
        }

        WriteRest(writer, stored, at);
        Transmit(writer.Finish(_beginString), nowNs);
    }

    private static void WriteRest(FixWriter writer, FixMessage stored, int from)
    {
        for (int at = from; at < stored.Count - 1; at++)
        {
            writer.Bytes(stored.TagAt(at), stored.ValueAt(at));
        }
    }

    private static bool IsRoutingTag(int tag) => tag is FixTag.OnBehalfOfCompId or FixTag.OnBehalfOfSubId
        or FixTag.DeliverToCompId or FixTag.DeliverToSubId or FixTag.OnBehalfOfLocationId
        or FixTag.DeliverToLocationId or FixTag.ApplVerId;
}
