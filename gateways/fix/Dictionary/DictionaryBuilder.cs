using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace HftEngine.Fix.Dictionary;

/// <summary>One place in a definition: a field, or with members the counting field of a group.</summary>
internal sealed record Member(int Tag, bool IsRequired, IReadOnlyList<Member>? Entry);

/// <summary>Collects definitions from whatever file format and makes the tables.</summary>
internal sealed class DictionaryBuilder(string source)
{
    private const int MaxTag = 1_000_000;

    private readonly SortedDictionary<int, FixField> _fields = [];
    private readonly List<MessageDefinition> _messages = [];
    private readonly Dictionary<int, int> _indices = [];

    public IReadOnlyList<Member> Header { get; set; } = [];

    public IReadOnlyList<Member> Trailer { get; set; } = [];

    public void AddField(int tag, string name, string type, IReadOnlyCollection<string> values)
    {
        if (tag is < 1 or > MaxTag
            || !_fields.TryAdd(tag, new FixField(tag, name, FixTypes.Named(type), values)))
        {
            throw Fault($"field {tag} is defined twice or has no usable tag");
        }
    }

    public void AddMessage(string msgType, string name, bool isOpaque, IReadOnlyList<Member> body)
    {
        if (msgType.Length is < 1 or > sizeof(ulong) || _messages.Any(message => message.MsgType == msgType))
        {
            throw Fault($"message type '{msgType}' is defined twice or unusable");
        }

        _messages.Add(new MessageDefinition(msgType, name, isOpaque, body));
    }

    public FixDictionary Build(string version)
    {
        FixField[] fields = [.. _fields.Values];
        for (int i = 0; i < fields.Length; i++)
        {
            _indices[fields[i].Tag] = i;
        }

        return new FixDictionary(
            version,
            fields,
            SetOf(Header),
            SetOf(Trailer),
            [.. _messages.Select(m => new FixMessageType(m.MsgType, m.Name, m.IsOpaque, SetOf(m.Body)))]);
    }

    public InvalidDataException Fault(string what) => new($"{source}: {what}");

    private FieldSet SetOf(IReadOnlyList<Member> members)
    {
        List<int> indices = [];
        Dictionary<int, FixGroup> groups = [];
        foreach (Member member in members)
        {
            int index = IndexOf(member.Tag);
            indices.Add(index);
            if (member.Entry is { } entry)
            {
                if (entry.Count == 0)
                {
                    throw Fault($"group {member.Tag} has no fields");
                }

                groups[index] = new FixGroup(member.Tag, entry[0].Tag, SetOf(entry));
            }
        }

        IEnumerable<int> required = members.Where(member => member.IsRequired).Select(member => member.Tag);
        return new FieldSet(_fields.Count, indices, required, groups);
    }

    private int IndexOf(int tag) =>
        _indices.TryGetValue(tag, out int index) ? index : throw Fault($"tag {tag} is used but not defined");

    private sealed record MessageDefinition(
        string MsgType, string Name, bool IsOpaque, IReadOnlyList<Member> Body);
}
