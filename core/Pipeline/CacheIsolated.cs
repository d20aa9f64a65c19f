using System.Runtime.InteropServices;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Base of objects that one thread writes all the time: keeps 128 bytes between the object that lies before
/// it on the heap and its own fields. Such an object ends with a <see cref="Gap"/> of its own.
/// </summary>
/// <remarks>
/// 128 and not 64, because the processor's adjacent-line prefetcher moves lines in pairs. The runtime lays
/// out the fields of a base class first and, within a class, those of value types last; a test measures both.
/// </remarks>
public abstract class CacheIsolated
{
#pragma warning disable CS0169, IDE0044, IDE0051 // Only its size matters: it is never read.
    private Gap _before;
#pragma warning restore CS0169, IDE0044, IDE0051

    [StructLayout(LayoutKind.Explicit, Size = Bytes)]
    internal struct Gap
    {
        public const int Bytes = 128;

        [FieldOffset(0)]
        internal byte First;
    }
}
