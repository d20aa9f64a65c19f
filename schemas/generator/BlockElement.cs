using System.Collections.Generic;
using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>A group or a data field, by its place after the block.</summary>
internal readonly record struct BlockElement(int Index, SchemaGroup? Group, SchemaData? Data)
{
    public SchemaNode Node => (SchemaNode?)Group ?? Data!;

    public static IReadOnlyList<BlockElement> Of(SchemaBlock block) =>
    [
        .. block.Groups.Select((g, i) => new BlockElement(i, g, null)),
        .. block.Data.Select((d, i) => new BlockElement(block.Groups.Count + i, null, d)),
    ];
}
