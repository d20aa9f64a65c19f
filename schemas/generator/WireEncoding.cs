namespace HftEngine.Schemas.Generator;

/// <summary>A schema's characterEncoding as a C# expression.</summary>
internal static class WireEncoding
{
    public static string Of(string characterEncoding) =>
        "global::System.Text.Encoding." + (characterEncoding.ToUpperInvariant() switch
        {
            "UTF-8" or "UTF8" => "UTF8",
            "UTF-16" or "UTF-16LE" => "Unicode",
            "UTF-16BE" => "BigEndianUnicode",
            // ASCII decodes as Latin-1 too, and no byte is lost on the way to a string and back.
            _ => "Latin1",
        });
}
