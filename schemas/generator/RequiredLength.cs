using System;
using System.Collections.Generic;
using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>How long a block must be, by the version that the message was written with.</summary>
internal static class RequiredLength
{
    /// <summary>The length as a C# expression over <c>actingVersion</c>.</summary>
    public static string Expression(SchemaBlock block)
    {
        List<(int Since, int End)> leaves = [];
        Collect(leaves, block.Fields, 0, 0);
        string expression = "0";
        int length = 0;
        foreach (
            IGrouping<int, (int Since, int End)> version in leaves.GroupBy(l => l.Since).OrderBy(g => g.Key))
        {
            length = Math.Max(length, version.Max(l => l.End));
            expression = version.Key == 0
                ? Wire.Number(length)
                : $"actingVersion >= {version.Key} ? {length} : {expression}";
        }

        return expression;
    }

    private static void Collect(
        List<(int Since, int End)> leaves, IEnumerable<SchemaMember> members, int origin, int since)
    {
        foreach (SchemaMember member in members.Where(m => !m.IsConstant))
        {
            int from = Math.Max(since, member.SinceVersion);
            int offset = origin + member.Offset;
            if (member.Type is CompositeType composite)
            {
                Collect(leaves, composite.Members, offset, from);
            }
            else
            {
                leaves.Add((from, offset + member.Type.Size));
            }
        }
    }
}
