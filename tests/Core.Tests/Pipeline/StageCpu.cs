using System.Globalization;
using System.IO;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// CPU time of the stage threads of this process, which the kernel counts per thread, by their names.
/// </summary>
internal static class StageCpu
{
    public static double Ms()
    {
        double total = 0;
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            string name = File.ReadAllText(task + "/comm");
            if (name.StartsWith("Sequencer", System.StringComparison.Ordinal)
                || name.StartsWith("Core", System.StringComparison.Ordinal))
            {
                string runNs = File.ReadAllText(task + "/schedstat").Split(' ')[0];
                total += double.Parse(runNs, CultureInfo.InvariantCulture) / 1e6;
            }
        }

        return total;
    }
}
