using System;
using System.Text;

namespace HftEngine.Schemas.Sbe;

/// <summary>Characters on the wire to strings and back; for the edges, it allocates.</summary>
public static class WireText
{
    /// <summary>The bytes before the first zero.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    /// <summary>The characters before the first zero.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding) =>
        encoding.GetString(Trim(bytes));

    /// <summary>Copies and fills up with zeros; more bytes than fit are an error.</summary>
    public static void Store(ReadOnlySpan<byte> bytes, Span<byte> field)
    {
        if (bytes.Length > field.Length)
        {
            SbeException.ThrowTooLong(bytes.Length, field.Length);
        }

        bytes.CopyTo(field);
        field[bytes.Length..].Clear();
    }
}
