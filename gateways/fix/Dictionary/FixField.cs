using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace HftEngine.Fix.Dictionary;

/// <summary>
/// One field of a version: its tag, name, type, and the values that it may have when they are listed.
/// </summary>
public sealed class FixField
{
    private const int PackedBytes = sizeof(ulong);

    private readonly ulong[] _shortValues;
    private readonly byte[][] _longValues;

    public FixField(int tag, string name, FixType type, IReadOnlyCollection<string> values)
    {
        Tag = tag;
        Name = name;
        Type = type;
        Values = [.. values];
        byte[][] texts = [.. values.Select(Encoding.ASCII.GetBytes)];
        _shortValues =
            [.. texts.Where(text => text.Length <= PackedBytes).Select(text => Pack(text)).Order()];
        _longValues = [.. texts.Where(text => text.Length > PackedBytes)];
    }

    public int Tag { get; }

    public string Name { get; }

    public FixType Type { get; }

    /// <summary>Empty when any value of the type is allowed.</summary>
    public IReadOnlyList<string> Values { get; }

    public bool Allows(ReadOnlySpan<byte> value)
    {
        if (Values.Count == 0)
        {
            return true;
        }

        if (Type != FixType.MultipleValue)
        {
            return IsListed(value);
        }

        foreach (Range part in value.Split((byte)' '))
        {
            if (!IsListed(value[part]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Up to eight characters as one number.</summary>
    internal static ulong Pack(ReadOnlySpan<byte> text)
    {
        ulong packed = 0;
        foreach (byte character in text)
        {
            packed = (packed << 8) | character;
        }

        return packed;
    }

    private bool IsListed(ReadOnlySpan<byte> value)
    {
        if (value.Length <= PackedBytes)
        {
            return _shortValues.AsSpan().BinarySearch(Pack(value)) >= 0;
        }

        foreach (byte[] allowed in _longValues)
        {
            if (value.SequenceEqual(allowed))
            {
                return true;
            }
        }

        return false;
    }
}
