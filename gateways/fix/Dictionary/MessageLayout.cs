using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Dictionary;

/// <summary>Where the body of a valid message lies, and where each of its groups ends.</summary>
public readonly struct MessageLayout
{
    private readonly FixDictionary _dictionary;
    private readonly FieldSet? _body;
    private readonly FixMessage _message;

    public MessageLayout(FixRules rules, FixMessage message)
    {
        FixDictionary transport = rules.Transport;
        _message = message;
        _dictionary = FixValidator.IsAdmin(message.MsgType) ? transport : rules.Application;
        _body = _dictionary.MessageOf(message.MsgType)?.Body;
        int start = 0;
        while (start < message.Count && transport.Header.Contains(transport.IndexOf(message.TagAt(start))))
        {
            start++;
        }

        BodyStart = SkipHeaderGroups(transport, message, start);
        BodyEnd = message.Count;
        while (BodyEnd > BodyStart
            && transport.Trailer.Contains(transport.IndexOf(message.TagAt(BodyEnd - 1))))
        {
            BodyEnd--;
        }
    }

    /// <summary>Index of the first field of the body.</summary>
    public int BodyStart { get; }

    /// <summary>Index of the first field of the trailer.</summary>
    public int BodyEnd { get; }

    /// <summary>Index behind a field, or behind the last entry of the group that it counts.</summary>
    public int EndOf(int at)
    {
        FixGroup? group = _body?.GroupOf(_dictionary.IndexOf(_message.TagAt(at)));
        return group is null ? at + 1 : EndOf(_message, _dictionary, group.Entry, at + 1, BodyEnd);
    }

    /// <summary>
    /// Index of the first field that belongs to no entry of a group and to none of its inner groups.
    /// </summary>
    internal static int EndOf(FixMessage message, FixDictionary dictionary, FieldSet entry, int at, int end)
    {
        while (at < end)
        {
            int index = dictionary.IndexOf(message.TagAt(at));
            if (!entry.Contains(index))
            {
                break;
            }

            FixGroup? inner = entry.GroupOf(index);
            at = inner is null ? at + 1 : EndOf(message, dictionary, inner.Entry, at + 1, end);
        }

        return at;
    }

    private static int SkipHeaderGroups(FixDictionary transport, FixMessage message, int at)
    {
        if (at == 0 || transport.Header.GroupOf(transport.IndexOf(message.TagAt(at - 1))) is not { } group)
        {
            return at;
        }

        while (at < message.Count
            && (group.Entry.Contains(transport.IndexOf(message.TagAt(at)))
                || transport.Header.Contains(transport.IndexOf(message.TagAt(at)))))
        {
            at++;
        }

        return at;
    }
}
