using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using HftEngine.Fix.Tests.Harness;

namespace HftEngine.Fix.Tests.Fuzz;

/// <summary>
/// Makes messages that are wrong in one of many ways; half of them with BodyLength and CheckSum put right.
/// </summary>
internal sealed class MessageMutator(Random random, string beginString)
{
    private static readonly string[] Types =
        ["0", "1", "2", "3", "4", "5", "A", "D", "d", "C", "8", "F", "V", "zz"];

    private static readonly string[] Values =
    [
        "", "0", "1", "-1", "999999999999999999999", "Y", "N", "4294967296", "20260101-00:00:00", "x", "1 2",
        "9=12", "10=000",
    ];

    /// <summary>The fields of a message that is as valid as chance has it.</summary>
    public string Fields(long number, string time)
    {
        string type = Types[random.Next(Types.Length)];
        string reset = random.Next(2) == 0 ? "141=Y|" : "";
        string fills = random.Next(2) == 0 ? "Y" : "N";
        string body = type switch
        {
            "1" => "112=T|",
            "2" => $"7={random.Next(0, 30)}|16={random.Next(0, 30)}|",
            "3" => "45=1|",
            "4" => $"36={number + random.Next(-3, 20)}|123={fills}|",
            "A" => $"98=0|108=30|{reset}{(beginString == "FIXT.1.1" ? "1137=9|" : "")}",
            "D" => "11=id|21=1|40=2|44=1.5|54=1|55=X|60=20260101-00:00:00|78=2|79=A|80=1|79=B|80=2|",
            "d" => "320=a|322=b|323=4|393=0|55=X|",
            "C" => "164=t|94=0|147=s|33=2|58=one|58=two|",
            _ => "37=x|",
        };
        string header = random.Next(8) == 0 ? $"43=Y|122={time}|" : "";
        long stated = number + (random.Next(10) == 0 ? random.Next(-5, 6) : 0);
        return $"35={type}|34={stated}|49=TW|52={time}|56=ISLD|{header}{body}";
    }

    public byte[] Mutate(string fields, byte[] another)
    {
        List<string> parts = [.. fields.Split('|', StringSplitOptions.RemoveEmptyEntries)];
        switch (random.Next(9))
        {
            case 0:
                parts.RemoveAt(random.Next(parts.Count));
                break;
            case 1:
                parts.Insert(random.Next(parts.Count + 1), parts[random.Next(parts.Count)]);
                break;
            case 2:
                int at = random.Next(parts.Count);
                parts[at] = parts[at].Split('=')[0] + "=" + Values[random.Next(Values.Length)];
                break;
            case 3:
                (int a, int b) = (random.Next(parts.Count), random.Next(parts.Count));
                (parts[a], parts[b]) = (parts[b], parts[a]);
                break;
            case 4:
                parts.Insert(random.Next(
                    parts.Count + 1), random.Next(-5, 70_000).ToString(CultureInfo.InvariantCulture)
                    + "=" + Values[random.Next(Values.Length)]);
                break;
            case 5 when random.Next(200) == 0:
                parts.AddRange(Enumerable.Repeat("58=x", random.Next(1_000, 6_000)));
                break;
            case 6 when random.Next(200) == 0:
                parts.Add("58=" + new string('y', random.Next(1_000, 40_000)));
                break;
            default:
                return Damage(FixText.Build(beginString, string.Join('|', parts)), another);
        }

        return FixText.Build(beginString, string.Join('|', parts));
    }

    // Damage to the bytes: mostly garbled, sometimes closed again so that it gets past the CheckSum.
    private byte[] Damage(byte[] message, byte[] another)
    {
        switch (random.Next(5))
        {
            case 0:
                for (int i = random.Next(1, 6); i > 0; i--)
                {
                    message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
                }

                break;
            case 1:
                message = message[..random.Next(1, message.Length)];
                break;
            case 2:
                message = [.. message[..random.Next(
                    message.Length)], .. another[random.Next(another.Length)..]];
                break;
            case 3:
                byte[] noise = new byte[random.Next(1, 100)];
                random.NextBytes(noise);
                message = [.. noise, .. message];
                break;
            default:
                message[random.Next(message.Length)] = (byte)random.Next(256);
                break;
        }

        return random.Next(2) == 0 ? message : Reclose(message);
    }

    private static byte[] Reclose(byte[] message)
    {
        string text = Encoding.Latin1.GetString(message);
        int body = text.IndexOf("\u000135=", StringComparison.Ordinal) + 1;
        int end = text.LastIndexOf("\u000110=", StringComparison.Ordinal) + 1;
        return body <= 0 || end <= body || !text.StartsWith("8=", StringComparison.Ordinal)
            ? message
            : FixText.Close($"{text[..text.IndexOf('\u0001')]}\u00019={end - body}\u0001{text[body..end]}");
    }
}
