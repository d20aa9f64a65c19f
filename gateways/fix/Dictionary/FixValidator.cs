using System;
using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Dictionary;

/// <summary>How strictly messages are held to their table.</summary>
public sealed record ValidationOptions
{
    /// <summary>
    /// Whether tags that no table knows are let through: 5000 and above, reserved for agreements.
    /// </summary>
    public bool AllowUserDefinedTags { get; init; }

    /// <summary>Whether fields of a group's entry must come in the order of its definition.</summary>
    public bool RequireGroupOrder { get; init; } = true;
}

/// <summary>
/// What is wrong with a message. <see cref="RefTag"/> is absent where no single field is to blame.
/// </summary>
public readonly record struct FixFault(SessionRejectReason Reason, int? RefTag);

/// <summary>
/// Holds a message to the tables of its session: one pass, no allocation. Not for two threads at once.
/// </summary>
public sealed class FixValidator
{
    private const int FirstUserTag = 5_000;
    private const int MsgTypeIndex = 2;

    private readonly FixRules _rules;
    private readonly ValidationOptions _options;

    // The entry in which a field was seen last: an entry has a number of its own, so nothing is ever cleared.
    private readonly long[] _seenInTransport;
    private readonly long[] _seenInApplication;
    private long _entry;

    public FixValidator(FixRules rules, ValidationOptions options)
    {
        _rules = rules;
        _options = options;
        _seenInTransport = new long[rules.Transport.Fields.Count];
        _seenInApplication = new long[rules.Application.Fields.Count];
    }

    public FixRules Rules => _rules;

    /// <summary>
    /// Whether a type belongs to the session layer, which is described by the transport's table.
    /// </summary>
    public static bool IsAdmin(ReadOnlySpan<byte> msgType) =>
        msgType.Length == 1 && msgType[0] is (>= (byte)'0' and <= (byte)'5') or (byte)'A';

    /// <summary>Null when the message is as its table says.</summary>
    public FixFault? Validate(FixMessage message)
    {
        if (message.MalformedField >= 0)
        {
            return new FixFault(SessionRejectReason.InvalidTagNumber, null);
        }

        if (message.HasTooManyFields)
        {
            return new FixFault(SessionRejectReason.Other, null);
        }

        FixDictionary application = IsAdmin(message.MsgType) ? _rules.Transport : _rules.Application;
        if (application.MessageOf(message.MsgType) is not { } type)
        {
            return new FixFault(SessionRejectReason.InvalidMsgType, null);
        }

        long top = ++_entry;
        int at = 0;
        Scope header = new(_rules.Transport, _seenInTransport, _rules.Transport.Header, top);
        Scope trailer = new(_rules.Transport, _seenInTransport, _rules.Transport.Trailer, top);
        long[] seen = application == _rules.Transport ? _seenInTransport : _seenInApplication;
        Scope body = new(application, seen, type.Body, top);
        FixFault? fault = WalkHeader(message, ref at, header)
            ?? WalkBody(message, ref at, body, type.IsOpaque)
            ?? WalkTrailer(message, ref at, trailer);
        return fault ?? MissingOf(header) ?? (type.IsOpaque ? null : MissingOf(body)) ?? MissingOf(trailer);
    }

    private FixFault? WalkHeader(FixMessage message, ref int at, in Scope header)
    {
        while (at < message.Count)
        {
            int index = header.Dictionary.IndexOf(message.TagAt(at));
            if (at > MsgTypeIndex && !header.Fields.Contains(index))
            {
                return null;
            }

            if (Walk(message, ref at, header, index) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private FixFault? WalkBody(FixMessage message, ref int at, in Scope body, bool isOpaque)
    {
        FixDictionary transport = _rules.Transport;
        while (at < message.Count)
        {
            int tag = message.TagAt(at);
            int inTransport = transport.IndexOf(tag);
            if (transport.Trailer.Contains(inTransport))
            {
                return null;
            }

            if (transport.Header.Contains(inTransport))
            {
                return new FixFault(SessionRejectReason.TagOutOfOrder, tag);
            }

            if (isOpaque)
            {
                at++;
            }
            else if (Walk(message, ref at, body, body.Dictionary.IndexOf(tag)) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private FixFault? WalkTrailer(FixMessage message, ref int at, in Scope trailer)
    {
        while (at < message.Count)
        {
            int tag = message.TagAt(at);
            int index = trailer.Dictionary.IndexOf(tag);
            if (!trailer.Fields.Contains(index))
            {
                return new FixFault(SessionRejectReason.TagOutOfOrder, tag);
            }

            if (Walk(message, ref at, trailer, index) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>One field, and with a counting field the entries behind it.</summary>
    private FixFault? Walk(FixMessage message, ref int at, in Scope scope, int index)
    {
        int tag = message.TagAt(at);
        ReadOnlySpan<byte> value = message.ValueAt(at);
        if (value.IsEmpty)
        {
            return new FixFault(SessionRejectReason.TagWithoutValue, tag);
        }

        at++;
        if (index == FixDictionary.Unknown)
        {
            return tag >= FirstUserTag && _options.AllowUserDefinedTags
                ? null
                : new FixFault(SessionRejectReason.InvalidTagNumber, tag);
        }

        if (!scope.Fields.Contains(index))
        {
            return new FixFault(SessionRejectReason.TagNotDefinedForMsgType, tag);
        }

        if (scope.Seen[index] == scope.Entry)
        {
            return new FixFault(SessionRejectReason.TagAppearsTwice, tag);
        }

        scope.Seen[index] = scope.Entry;
        FixField field = scope.Dictionary.FieldAt(index);
        if (!FixTypes.IsWellFormed(field.Type, value))
        {
            return new FixFault(SessionRejectReason.IncorrectDataFormat, tag);
        }

        if (!field.Allows(value))
        {
            return new FixFault(SessionRejectReason.ValueIncorrect, tag);
        }

        return scope.Fields.GroupOf(index) is { } group
            ? WalkGroup(message, ref at, scope, group, value)
            : null;
    }

    private FixFault? WalkGroup(
        FixMessage message, ref int at, in Scope outer, FixGroup group, ReadOnlySpan<byte> countText)
    {
        if (!FixValue.TryUnsigned(countText, out long stated))
        {
            return new FixFault(SessionRejectReason.IncorrectDataFormat, group.CountTag);
        }

        // The count is judged before what the entries hold: a wrong one often makes the rest look wrong too.
        if (CountEntries(message, at, outer.Dictionary, group) != stated)
        {
            return new FixFault(SessionRejectReason.IncorrectNumInGroup, group.CountTag);
        }

        for (long entry = 0; entry < stated; entry++)
        {
            if (message.TagAt(at) != group.Delimiter)
            {
                return new FixFault(SessionRejectReason.GroupOutOfOrder, message.TagAt(at));
            }

            if (WalkEntry(
                message, ref at, new Scope(outer.Dictionary, outer.Seen, group.Entry, ++_entry), group)
                is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static long CountEntries(FixMessage message, int at, FixDictionary dictionary, FixGroup group)
    {
        long entries = 0;
        int end = MessageLayout.EndOf(message, dictionary, group.Entry, at, message.Count);
        for (; at < end; at++)
        {
            entries += message.TagAt(at) == group.Delimiter ? 1 : 0;
        }

        return entries;
    }

    private FixFault? WalkEntry(FixMessage message, ref int at, in Scope entry, FixGroup group)
    {
        int first = at;
        int position = -1;
        while (at < message.Count)
        {
            int tag = message.TagAt(at);
            int index = entry.Dictionary.IndexOf(tag);
            if ((tag == group.Delimiter && at != first) || !entry.Fields.Contains(index))
            {
                break;
            }

            int own = entry.Fields.PositionOf(index);
            if (own < position && entry.Seen[index] != entry.Entry && _options.RequireGroupOrder)
            {
                return new FixFault(SessionRejectReason.GroupOutOfOrder, tag);
            }

            position = own;
            if (Walk(message, ref at, entry, index) is { } fault)
            {
                return fault;
            }
        }

        return MissingOf(entry);
    }

    private static FixFault? MissingOf(in Scope scope)
    {
        foreach (int tag in scope.Fields.RequiredTags)
        {
            if (scope.Seen[scope.Dictionary.IndexOf(tag)] != scope.Entry)
            {
                return new FixFault(SessionRejectReason.RequiredTagMissing, tag);
            }
        }

        return null;
    }

    /// <summary>A place in the message: its table, its fields, and the number of its entry.</summary>
    private readonly record struct Scope(FixDictionary Dictionary, long[] Seen, FieldSet Fields, long Entry);
}
