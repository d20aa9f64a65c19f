using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace HftEngine.Fix.Dictionary;

/// <summary>The fields and messages of one version of the standard, or of its transport.</summary>
public sealed class FixDictionary
{
    internal const int Unknown = -1;

    private readonly FixField[] _fields;
    private readonly int[] _indexByTag;
    private readonly Dictionary<ulong, FixMessageType> _messages;

    internal FixDictionary(
        string version,
        FixField[] fields,
        FieldSet header,
        FieldSet trailer,
        IEnumerable<FixMessageType> messages)
    {
        Version = version;
        _fields = fields;
        _indexByTag = new int[fields.Length == 0 ? 0 : fields.Max(field => field.Tag) + 1];
        Array.Fill(_indexByTag, Unknown);
        for (int i = 0; i < fields.Length; i++)
        {
            _indexByTag[fields[i].Tag] = i;
        }

        Header = header;
        Trailer = trailer;
        _messages = messages.ToDictionary(message => FixField.Pack(Encoding.ASCII.GetBytes(message.MsgType)));
    }

    /// <summary>As the standard writes it: FIX.4.4, FIXT.1.1, FIX.5.0SP2.</summary>
    public string Version { get; }

    public IReadOnlyList<FixField> Fields => _fields;

    internal IReadOnlyCollection<FixMessageType> Messages => _messages.Values;

    internal FieldSet Header { get; }

    internal FieldSet Trailer { get; }

    public FixField? FieldOf(int tag) => IndexOf(tag) is var index && index >= 0 ? _fields[index] : null;

    internal int IndexOf(int tag) => (uint)tag < (uint)_indexByTag.Length ? _indexByTag[tag] : Unknown;

    internal FixField FieldAt(int index) => _fields[index];

    internal FixMessageType? MessageOf(ReadOnlySpan<byte> msgType) =>
        msgType.Length <= sizeof(ulong) ? _messages.GetValueOrDefault(FixField.Pack(msgType)) : null;
}
