using System;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Session;

namespace HftEngine.Fix.Echo;

/// <summary>
/// Sends NewOrderSingle, SecurityDefinition and Email back with the fields of the body in ascending order;
/// everything else is a business reject. It shows the session layer alone to test suites and measurements.
/// </summary>
public sealed class EchoApplication : IFixApplication
{
    private readonly Block[] _blocks = new Block[FixMessage.DefaultMaxFields];

    public void OnLogon(FixSession session, FixMessage logon, long nowNs) =>
        session.Attachment ??= new ClOrdIdWindow();

    public void OnLogout(FixSession session, string reason, long nowNs) =>
        (session.Attachment as ClOrdIdWindow)?.Clear();

    public void OnMessage(FixSession session, FixMessage message, long nowNs)
    {
        ReadOnlySpan<byte> msgType = message.MsgType;
        bool isOrder = msgType.SequenceEqual("D"u8);
        if (!isOrder && !msgType.SequenceEqual("d"u8) && !msgType.SequenceEqual("C"u8))
        {
            Reject(session, message, nowNs);
            return;
        }

        if (isOrder && session.Attachment is ClOrdIdWindow window
            && message.TryGet(FixTag.ClOrdId, out ReadOnlySpan<byte> clOrdId)
            && !window.TryAdd(clOrdId) && message.IsSet(FixTag.PossResend))
        {
            return;
        }

        SendBack(session, message, nowNs);
    }

    public void OnReject(FixSession session, FixMessage reject, long nowNs)
    {
    }

    // The suites that drive the echo expect DefaultApplVerID at the end of a FIXT session's business
    // reject, where the standard has no such field; the venue's own sessions send none.
    private static void Reject(FixSession session, FixMessage message, long nowNs)
    {
        if (session.Rules.DefaultApplVerId.Length == 0)
        {
            session.RejectUnsupported(message, nowNs);
            return;
        }

        FixWriter writer = session.Begin("j"u8, nowNs, answered: message);
        message.TryGetUnsigned(FixTag.MsgSeqNum, out long number);
        writer.Int(FixTag.RefSeqNum, number);
        writer.Text(FixTag.Text, "Unsupported Message Type");
        writer.Bytes(FixTag.RefMsgType, message.MsgType);
        writer.Int(FixTag.BusinessRejectReason, 3);
        writer.Text(FixTag.DefaultApplVerId, session.Rules.DefaultApplVerId);
        session.Send(nowNs);
    }

    private void SendBack(FixSession session, FixMessage message, long nowNs)
    {
        MessageLayout layout = new(session.Rules, message);
        int count = 0;
        for (int at = layout.BodyStart; at < layout.BodyEnd;)
        {
            Block block = new(message.TagAt(at), at, layout.EndOf(at));
            Insert(block, count++);
            at = block.End;
        }

        bool possResend = message.IsSet(FixTag.PossResend);
        FixWriter writer = session.Begin(message.MsgType, nowNs, possResend, message);
        foreach (Block block in _blocks.AsSpan(0, count))
        {
            for (int at = block.Start; at < block.End; at++)
            {
                writer.Bytes(message.TagAt(at), message.ValueAt(at));
            }
        }

        session.Send(nowNs);
    }

    private void Insert(Block block, int count)
    {
        int place = count;
        for (; place > 0 && _blocks[place - 1].Tag > block.Tag; place--)
        {
            _blocks[place] = _blocks[place - 1];
        }

        _blocks[place] = block;
    }

    /// <summary>A field, or a group from its counting field to the end of its last entry.</summary>
    private readonly record struct Block(int Tag, int Start, int End);
}
