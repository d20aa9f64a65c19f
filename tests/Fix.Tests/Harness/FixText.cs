using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace HftEngine.Fix.Tests.Harness;

/// <summary>Messages as people write them: fields separated by bars.</summary>
internal static class FixText
{
    private const char Soh = '\u0001';

    /// <summary>Bytes of a message whose BodyLength and CheckSum are computed.</summary>
    public static byte[] Build(string beginString, string fields)
    {
        string body = fields.Replace('|', Soh);
        body = body.Length == 0 || body[^1] == Soh ? body : body + Soh;
        return Close($"8={beginString}{Soh}9={body.Length}{Soh}{body}");
    }

    /// <summary>Bytes as they stand, with the bars replaced and nothing computed.</summary>
    public static byte[] Raw(string text) => Encoding.Latin1.GetBytes(text.Replace('|', Soh));

    /// <summary>Puts the right CheckSum behind a text.</summary>
    public static byte[] Close(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        int sum = bytes.Sum(b => b) & 255;
        return [.. bytes, .. Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"10={sum:000}{Soh}"))];
    }

    public static string Show(ReadOnlySpan<byte> message) =>
        Encoding.Latin1.GetString(message).Replace(Soh, '|');

    /// <summary>
    /// Masks what a test cannot know: times, BodyLength and CheckSum, each of which must be there.
    /// </summary>
    public static string Mask(string message) => string.Join('|', message.Split('|').Select(MaskField));

    public static IEnumerable<(int Tag, string Value)> Fields(string message) => message
        .Split('|', StringSplitOptions.RemoveEmptyEntries)
        .Select(field => field.Split('=', 2))
        .Select(parts => (int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]));

    private static string MaskField(string field) => field.Split('=')[0] switch
    {
        "9" or "10" or "52" or "122" => field.Split('=')[0] + "=*",
        _ => field,
    };
}
