using System;

namespace HftEngine.Fix.Codec;

/// <summary>Fields of type data and the fields before them that give their length.</summary>
internal static class DataFields
{
    private const int Limit = 2_048;

    private static readonly (int Length, int Data)[] Pairs =
    [
        (90, 91), (93, 89), (95, 96), (212, 213), (348, 349), (350, 351), (352, 353), (354, 355), (356, 357),
        (358, 359), (360, 361), (362, 363), (364, 365), (445, 446), (618, 619), (621, 622), (1184, 1185),
        (1277, 1278), (1280, 1281), (1282, 1283), (1397, 1398), (1401, 1402), (1403, 1404), (1468, 1469),
        (1525, 1527), (1620, 1621), (1664, 1665), (1678, 1697), (1733, 1734),
    ];

    private static readonly ulong[] LengthTags = Mark();

    public static bool IsLength(int tag) =>
        (uint)tag < Limit && ((LengthTags[tag >> 6] >> (tag & 63)) & 1) != 0;

    public static int DataOf(int lengthTag)
    {
        foreach ((int length, int data) in Pairs)
        {
            if (length == lengthTag)
            {
                return data;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(lengthTag));
    }

    private static ulong[] Mark()
    {
        ulong[] marks = new ulong[Limit >> 6];
        foreach ((int length, _) in Pairs)
        {
            marks[length >> 6] |= 1ul << (length & 63);
        }

        return marks;
    }
}
