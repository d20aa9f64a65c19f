using HftEngine.Server.CommandLine;

namespace HftEngine.Server;

internal static class Program
{
    public static int Main(string[] arguments) => HftCommand.Run(arguments);
}
