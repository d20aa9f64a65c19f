using System.Collections.Generic;
using System.Linq;

namespace HftEngine.Fix.Dictionary;

/// <summary>
/// The fields that may stand in one place: a message's body, the header, an entry of a group.
/// </summary>
/// <remarks>Fields are named by their dense index in the dictionary, so that membership is one bit.</remarks>
internal sealed class FieldSet
{
    private const int NotMember = -1;

    private readonly ulong[] _members;
    private readonly Dictionary<int, FixGroup> _groups;
    private readonly int[] _positions;

    /// <param name="fieldCount">Fields of the dictionary.</param>
    /// <param name="members">Dense indices in the order of the definition.</param>
    /// <param name="requiredTags">Tags that must be there.</param>
    /// <param name="groups">Groups by the dense index of their counting field.</param>
    public FieldSet(
        int fieldCount,
        IReadOnlyList<int> members,
        IEnumerable<int> requiredTags,
        Dictionary<int, FixGroup> groups)
    {
        _members = new ulong[(fieldCount + 63) / 64];
        _positions = new int[fieldCount];
        for (int i = 0; i < members.Count; i++)
        {
            _members[members[i] >> 6] |= 1ul << (members[i] & 63);
            _positions[members[i]] = i;
        }

        // Ascending, so that of several missing fields always the lowest one is named.
        RequiredTags = [.. requiredTags.Order()];
        _groups = groups;
        Members = members;
    }

    public int[] RequiredTags { get; }

    public IReadOnlyList<int> Members { get; }

    public bool Contains(int index) => index >= 0 && ((_members[index >> 6] >> (index & 63)) & 1) != 0;

    public int PositionOf(int index) => Contains(index) ? _positions[index] : NotMember;

    public FixGroup? GroupOf(int index) => _groups.Count == 0 ? null : _groups.GetValueOrDefault(index);
}

/// <summary>
/// A repeating group: its counting field, the field that starts each entry, what an entry may hold.
/// </summary>
internal sealed record FixGroup(int CountTag, int Delimiter, FieldSet Entry);

/// <summary>One type of message. An opaque one is known by name only: its body is not looked at.</summary>
internal sealed record FixMessageType(string MsgType, string Name, bool IsOpaque, FieldSet Body);
