using System;
using System.Buffers.Text;
using HftEngine.Core.Readers;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;

namespace HftEngine.Fix.Session;

public sealed partial class FixSession
{
    private const int MaxTextBytes = 80;

    // From where a routed message is answered to: OnBehalfOf* and DeliverTo* change places.
    private static readonly (int From, int To)[] ReverseRoute =
    [
        (FixTag.DeliverToCompId, FixTag.OnBehalfOfCompId), (FixTag.DeliverToSubId, FixTag.OnBehalfOfSubId),
        (FixTag.OnBehalfOfCompId, FixTag.DeliverToCompId), (FixTag.OnBehalfOfSubId, FixTag.DeliverToSubId),
        (FixTag.DeliverToLocationId, FixTag.OnBehalfOfLocationId),
        (FixTag.OnBehalfOfLocationId, FixTag.DeliverToLocationId),
    ];

    /// <summary>
    /// Starts an application message: the header is written, the body is the caller's. <see cref="Send"/>
    /// must follow before anything else happens with any session of the same thread.
    /// </summary>
    /// <param name="msgType">MsgType (35).</param>
    /// <param name="nowNs">SendingTime.</param>
    /// <param name="possResend">Whether the content may have been sent before under another number.</param>
    /// <param name="answered">A message whose routing is reversed into this one.</param>
    public FixWriter Begin(
        ReadOnlySpan<byte> msgType, long nowNs, bool possResend = false, FixMessage? answered = null)
    {
        FixWriter writer = _workspace.Writer;
        writer.Begin(msgType);
        writer.Int(FixTag.MsgSeqNum, _store.NextOutbound);
        writer.Raw(_senderField);
        writer.Timestamp(FixTag.SendingTime, nowNs, Settings.TimePrecision);
        writer.Raw(_targetField);
        if (possResend)
        {
            writer.Flag(FixTag.PossResend, true);
        }

        if (answered is not null)
        {
            WriteReverseRoute(writer, answered);
        }

        return writer;
    }

    /// <summary>
    /// Ends the message that was begun, keeps it, and sends it when the session is logged on. Without a
    /// connection it waits in the store: the counterparty finds the gap at its next logon.
    /// </summary>
    public void Send(long nowNs, in EventPosition origin = default)
    {
        ReadOnlySpan<byte> message = _workspace.Writer.Finish(_beginString);
        _store.Append(message, origin);
        if (State is SessionState.LoggedOn or SessionState.LogoutSent)
        {
            Transmit(message, nowNs);
        }
    }

    /// <summary>Answers a message that is valid but cannot be acted upon.</summary>
    /// <param name="message">What was received.</param>
    /// <param name="reason">BusinessRejectReason (380).</param>
    /// <param name="text">Text (58).</param>
    /// <param name="nowNs">SendingTime.</param>
    public void RejectBusiness(FixMessage message, int reason, ReadOnlySpan<byte> text, long nowNs)
    {
        FixWriter writer = Begin("j"u8, nowNs, answered: message);
        message.TryGetUnsigned(FixTag.MsgSeqNum, out long number);
        writer.Int(FixTag.RefSeqNum, number);
        writer.Bytes(FixTag.Text, text);
        writer.Bytes(FixTag.RefMsgType, message.MsgType);
        writer.Int(FixTag.BusinessRejectReason, reason);
        Send(nowNs);
    }

    /// <summary>BusinessRejectReason 3: a type that is known but not served here.</summary>
    public void RejectUnsupported(FixMessage message, long nowNs)
    {
        if (HasRejectFields)
        {
            RejectBusiness(message, 3, "Unsupported Message Type"u8, nowNs);
            return;
        }

        // Before FIX 4.2 there is no business reject.
        FixWriter writer = Begin("3"u8, nowNs, answered: message);
        message.TryGetUnsigned(FixTag.MsgSeqNum, out long number);
        writer.Int(FixTag.RefSeqNum, number);
        writer.Text(FixTag.Text, "Unsupported message type");
        SendAdmin(nowNs);
    }

    /// <summary>BusinessRejectReason 5: a field that other fields of the message make necessary.</summary>
    public void RejectMissing(FixMessage message, int tag, long nowNs)
    {
        Span<byte> text = stackalloc byte[MaxTextBytes];
        RejectBusiness(
            message, 5, text[..WithTag(text, "Conditionally Required Field Missing"u8, tag)], nowNs);
    }

    /// <summary>Writes "words (tag)"; gives its length.</summary>
    private static int WithTag(Span<byte> text, ReadOnlySpan<byte> words, int tag)
    {
        words.CopyTo(text);
        " ("u8.CopyTo(text[words.Length..]);
        Utf8Formatter.TryFormat(tag, text[(words.Length + 2)..], out int digits);
        text[words.Length + 2 + digits] = (byte)')';
        return words.Length + digits + 3;
    }

    private void SendReject(FixMessage message, FixFault fault, long nowNs)
    {
        FixWriter writer = Begin("3"u8, nowNs, answered: message);
        message.TryGetUnsigned(FixTag.MsgSeqNum, out long number);
        writer.Int(FixTag.RefSeqNum, number);
        if (!HasRejectFields)
        {
            // The text is the only place for the tag.
            Span<byte> text = stackalloc byte[MaxTextBytes];
            ReadOnlySpan<byte> words = SessionRejectReasons.Text(fault.Reason);
            writer.Bytes(
                FixTag.Text, fault.RefTag is { } named ? text[..WithTag(text, words, named)] : words);
            SendAdmin(nowNs);
            return;
        }

        writer.Bytes(FixTag.Text, SessionRejectReasons.Text(fault.Reason));
        if (fault.RefTag is { } tag)
        {
            writer.Int(FixTag.RefTagId, tag);
        }

        writer.Bytes(FixTag.RefMsgType, message.MsgType);
        if (IsReasonOfVersion(fault.Reason))
        {
            writer.Int(FixTag.SessionRejectReason, (int)fault.Reason);
        }

        SendAdmin(nowNs);
    }

    // RefTagID, RefMsgType and SessionRejectReason came with FIX 4.2.
    private bool HasRejectFields => Id.BeginString is not ("FIX.4.0" or "FIX.4.1");

    // FIX 4.2 knows the reasons up to 11 and FIX 4.4 those up to 17; the text says what the code cannot.
    private bool IsReasonOfVersion(SessionRejectReason reason) => Id.BeginString switch
    {
        "FIX.4.2" => reason <= SessionRejectReason.InvalidMsgType,
        "FIX.4.3" => reason <= SessionRejectReason.DataIncludesDelimiter,
        "FIX.4.4" => reason is <= SessionRejectReason.DataIncludesDelimiter or SessionRejectReason.Other,
        _ => true,
    };

    private void SendLogout(string text, long nowNs)
    {
        FixWriter writer = Begin("5"u8, nowNs);
        if (text.Length > 0)
        {
            writer.Text(FixTag.Text, text);
        }

        SendAdmin(nowNs);
    }

    private void SendHeartbeat(ReadOnlySpan<byte> testReqId, long nowNs)
    {
        FixWriter writer = Begin("0"u8, nowNs);
        if (!testReqId.IsEmpty)
        {
            writer.Bytes(FixTag.TestReqId, testReqId);
        }

        SendAdmin(nowNs);
    }

    private void SendTestRequest(long nowNs)
    {
        Begin("1"u8, nowNs).Bytes(FixTag.TestReqId, _testReqId);
        SendAdmin(nowNs);
    }

    private void SendResendRequest(long from, long to, long nowNs)
    {
        FixWriter writer = Begin("2"u8, nowNs);
        writer.Int(FixTag.BeginSeqNo, from);
        writer.Int(FixTag.EndSeqNo, to);
        SendAdmin(nowNs);
    }

    // Session messages use up a number and are never repeated: a resend fills their places.
    private void SendAdmin(long nowNs)
    {
        ReadOnlySpan<byte> message = _workspace.Writer.Finish(_beginString);
        _store.Skip();
        Transmit(message, nowNs);
    }

    private void Transmit(ReadOnlySpan<byte> message, long nowNs)
    {
        if (_channel is null)
        {
            return;
        }

        _lastSentNs = nowNs;
        if (!_channel.Send(message))
        {
            Drop("the counterparty reads too slowly", nowNs);
        }
    }

    private static void WriteReverseRoute(FixWriter writer, FixMessage answered)
    {
        // One look tells most messages from those that were routed.
        if (answered.Tags.IndexOfAny(FixTag.OnBehalfOfCompId, FixTag.DeliverToCompId) < 0)
        {
            return;
        }

        foreach ((int from, int to) in ReverseRoute)
        {
            if (answered.TryGet(from, out ReadOnlySpan<byte> value))
            {
                writer.Bytes(to, value);
            }
        }
    }
}
