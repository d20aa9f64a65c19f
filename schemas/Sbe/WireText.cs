using System;
using System.Text;

namespace HftEngine.Schemas.Sbe;

/// <summary>Characters on the wire to strings and back; for the edges, it allocates.</summary>
public static class WireText
{
    /// <summary>The characters before the first zero.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        int end = bytes.IndexOf((byte)0);
        return encoding.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
