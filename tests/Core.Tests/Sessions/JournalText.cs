using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using HftEngine.Core.Tests.Harness;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>
/// A list of commands as text that people read and tests replay: "limit NAME VALUE", "# what the next line says",
/// then the message in hex, with "void " before it when the journal voids it.
/// </summary>
internal static class JournalText
{
    private const string VoidMark = "void ";
    private const string LimitMark = "limit ";

    public static string Write(EngineLimits limits, IReadOnlyList<SessionStep> steps)
    {
        StringBuilder text = new();
        EngineLimits unchanged = new();
        foreach (PropertyInfo property in Settable())
        {
            if (!property.GetValue(limits)!.Equals(property.GetValue(unchanged)))
            {
                text.Append(LimitMark).Append(property.Name).Append(' ').Append(property.GetValue(limits)).AppendLine();
            }
        }

        foreach (SessionStep step in steps)
        {
            text.Append("# ").AppendLine(WireText.Describe(step.Message));
            text.Append(step.Voided ? VoidMark : "").AppendLine(Convert.ToHexString(step.Message));
        }

        return text.ToString();
    }

    public static (EngineLimits Limits, IReadOnlyList<SessionStep> Steps) Read(string text)
    {
        EngineLimits limits = new();
        List<SessionStep> steps = [];
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith(LimitMark, StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                PropertyInfo property = Settable().Single(p => p.Name == words[1]);
                property.SetValue(limits, Convert.ChangeType(words[2], property.PropertyType));
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                bool voided = line.StartsWith(VoidMark, StringComparison.Ordinal);
                steps.Add(new SessionStep(Convert.FromHexString(voided ? line[VoidMark.Length..] : line), voided));
            }
        }

        return (limits, steps);
    }

    private static IEnumerable<PropertyInfo> Settable() => typeof(EngineLimits)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite);
}
